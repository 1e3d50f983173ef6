import { AnnexaError } from '../domain/errors.ts';
import type { Catalogue, ControlDeclaration } from './catalogue.ts';

/**
 * Controls of the 2022 edition for the ids that a person asks by, in catalogue order, each once; none asked = all.
 *
 * An id is a control of 2022 (`A.8.15`), a theme of 2022 (`A.5` to `A.8`), or a control, objective or domain of 2013
 * (`A.12.4.1`, `A.12.4`, `A.12`). Where an id exists in both editions 2022 is meant; `2013:A.8.2` asks for the other.
 * A 2022 control can be reached by an id of 2013 because a predecessor of it lies under that id.
 * Throws CONTROL_UNKNOWN naming the id.
 */
export function resolveControls(catalogue: Catalogue, ids: readonly string[]): readonly ControlDeclaration[] {
  if (ids.length === 0) return catalogue.controls;
  const wanted = new Set(ids.flatMap((id) => resolve(catalogue, id).map((control) => control.id)));
  return catalogue.controls.filter((control) => wanted.has(control.id));
}

function resolve(catalogue: Catalogue, asked: string): readonly ControlDeclaration[] {
  const [, edition, id = ''] =
    /^(?:(2013|2022):)?(A(?:\.\d+){1,3})$/.exec(asked.trim().replace(/^a\./, 'A.')) ?? [];
  const current =
    edition === '2013'
      ? []
      : catalogue.controls.filter((control) => control.id === id || control.id.startsWith(`${id}.`));
  if (current.length > 0) return current;
  const former =
    edition === '2022'
      ? []
      : catalogue.controls.filter((control) =>
          control.iso2013.some((old) => old === id || old.startsWith(`${id}.`)),
        );
  if (former.length > 0) return former;
  throw new AnnexaError('CONTROL_UNKNOWN', `there is no control "${asked}"`, {
    where: 'controls',
    hint: 'Write an id of ISO/IEC 27001:2022 like A.8.15, or of 2013 like A.12.4.1, A.12.4 or A.12.',
  });
}
