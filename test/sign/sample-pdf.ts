import PDFDocument from 'pdfkit';
import { signaturePlaceholder } from '../../reports/sign/pades.ts';

/** A one-page PDF with an embedded packet.json and an empty signature, as the report has them. */
export async function makePdf(packetJson: string, words = 'Evidence report'): Promise<Uint8Array> {
  const date = new Date(Date.UTC(2026, 0, 1));
  const doc = new PDFDocument({
    pdfVersion: '1.7',
    info: { Title: 'Evidence report', CreationDate: date, ModDate: date },
  });
  const chunks: Buffer[] = [];
  const done = new Promise<Uint8Array>((resolve, reject) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    doc.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    doc.on('error', reject);
  });
  doc.text(words);
  doc.file(Buffer.from(packetJson), {
    name: 'packet.json',
    type: 'application/json',
    creationDate: date,
    modifiedDate: date,
  });
  const internals = doc as unknown as PdfInternals;
  const signature = internals.ref({ ...signaturePlaceholder(), M: date });
  const widget = internals.ref({
    Type: 'Annot',
    Subtype: 'Widget',
    FT: 'Sig',
    T: new String('Signature'),
    Rect: [0, 0, 0, 0],
    F: 132,
    V: signature,
    P: internals.page.dictionary,
  });
  internals.page.annotations.push(widget);
  widget.end();
  const form = internals.ref({ SigFlags: 3, Fields: [widget] });
  internals.endAcroForm = () => form.end();
  Object.assign(internals._root.data, { AcroForm: form, Perms: { DocMDP: signature } });
  signature.end();
  doc.end();
  return done;
}

/** What PDFKit's types leave out. */
interface PdfInternals {
  ref(data: object): { end(): void };
  readonly page: { readonly dictionary: unknown; readonly annotations: unknown[] };
  endAcroForm: () => void;
  readonly _root: { readonly data: object };
}
