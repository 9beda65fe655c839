// What the core says of a setting that cannot work, by the names of the options.
//
// The addon throws JSON: the path in the settings, and what is wrong there. The path is looked up in the table of options, and the
// sentence is passed on as it is.

import { eachRow, ISSUER, OPTIONS, type Rows } from '../option-table';

/** The option for each path of the settings. Those of one issuer are here without the issuer's place. */
const OPTION_AT: ReadonlyMap<string, string> = new Map(pathsOf(OPTIONS));

/** The same of an issuer in a list, which has other names for some. */
const OPTION_IN_LIST: ReadonlyMap<string, string> = new Map([...OPTION_AT, ...pathsOf(ISSUER)]);

/** These options are one value where the settings have a list. */
const SINGLE = [...eachRow(OPTIONS), ...eachRow(ISSUER)].flatMap(([place, row]) => (row.isOneOfList ? [place] : []));

function pathsOf(rows: Rows): Array<[path: string, option: string]> {
  return eachRow(rows).flatMap(([place, { settings = [] }]) => settings.map((path): [string, string] => [path, place]));
}

/** Where each issuer of the settings is in the options, such as `mcd.issuers[1]`; `undefined` where the options themselves
 * are about it. */
export type IssuerPlaces = readonly (string | undefined)[];

/** The message of an error of the addon; one that is not JSON is passed on. */
export function inOptions(message: string, places: IssuerPlaces = []): string {
  if (!message.startsWith('{')) return message;
  const { path, problem, allowed_by } = JSON.parse(message) as {
    path: string;
    problem: string;
    allowed_by?: string | null;
  };
  const name = optionAt(path, places);
  // The sentence ends in the word `dangerous`, and the member follows it.
  const member = allowed_by ? optionAt(allowed_by, []).replace('dangerous.', '') : undefined;
  const said = member === undefined ? problem : `${problem}: { ${member}: true }`;
  return name === '' ? said : `${name}: ${said}`;
}

function optionAt(path: string, places: IssuerPlaces): string {
  const [, index, own = path] = /^issuers\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  const place = index === undefined ? undefined : places[Number(index)];
  if (place === undefined) return nameIn(OPTION_AT, own);
  return own === '' ? place : `${place}.${nameIn(OPTION_IN_LIST, own)}`;
}

/** The longest part of the path that is in the table, by the option's name, and the rest as it is: the place in a list, or
 * the name of a member that is the application's. */
function nameIn(table: ReadonlyMap<string, string>, path: string): string {
  for (let end = path.length; end > 0; end = Math.max(path.lastIndexOf('.', end - 1), path.lastIndexOf('[', end - 1))) {
    const name = table.get(path.slice(0, end));
    if (name !== undefined) return SINGLE.includes(name) ? name : `${name}${path.slice(end)}`;
  }
  return path;
}
