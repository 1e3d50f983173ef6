import type { Instant } from '../../domain/time.ts';
import { signaturePlaceholder } from '../sign/pades.ts';

import type { Kit } from './kit.ts';
import { referenceTo, type Objects } from './objects.ts';
import { textString } from './operators.ts';
import { annotate, type Page } from './page.ts';
import type { Element, Structure } from './structure.ts';

export interface SignatureFieldOptions {
  readonly kit: Kit;
  readonly objects: Objects;
  readonly structure: Structure;
  readonly top: Element;
  readonly page: Page;
  readonly by: string;
  /** What the field says to a reader that cannot see it. */
  readonly says: string;
  readonly at: Instant;
}

/**
 * An invisible signature field on a page, with an empty certification signature that a signer fills in place. The form
 * is written by hand: PDFKit's own asks readers to redraw it, which PDF/A forbids.
 */
export function createSignatureField(options: SignatureFieldOptions): void {
  const { kit, objects, structure, top, page, by, says, at } = options;
  const signature = kit.ref({ ...signaturePlaceholder(), M: new Date(at), Name: kitText(by) });
  const element = structure.open('Form', top, { alt: says });
  const widget = annotate(
    { objects, structure },
    page,
    element,
    `/Subtype/Widget/FT/Sig/T(EvidenceSignature)/TU${textString(says)}/V ${signature.id} 0 R/F 132` +
      `/Rect[0 0 0 0]/P ${page.kit.dictionary.id} 0 R`,
  );
  structure.close(element);
  const form = kit.ref({ SigFlags: 3, Fields: [referenceTo(widget)] });
  const catalogue = kit._root.data;
  catalogue['AcroForm'] = form;
  catalogue['Perms'] = { DocMDP: signature };
  signature.end();
  kit.endAcroForm = () => form.end();
}

/** PDFKit writes a primitive string as a name and a String object as a text. */
function kitText(text: string): object {
  return Object(text) as object;
}
