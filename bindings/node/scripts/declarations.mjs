// The addon's classes, functions and objects as TypeScript: what napi's macros note down while they are compiled, one JSON
// object a line, as a module of declarations.

const HEADER = `// The native addon as TypeScript sees it. This file is written from the Rust sources by \`npm run build:types\`.
`;

/** The module for what the macros noted. */
export function declarations(noted) {
  const items = noted
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const membersOf = (name) => items.filter((item) => item.kind === 'impl' && item.name === name).map(({ def }) => def);
  const written = items.flatMap((item) => {
    switch (item.kind) {
      case 'interface':
        return [block(item, `export interface ${item.name}`, optionalMembers(item.def))];
      case 'struct':
        return [block(item, `export declare class ${item.name}`, classMembers(item.def, membersOf(item.name)))];
      case 'fn':
        return [`${item.js_doc}export declare ${item.def};\n`];
      case 'impl':
        return [];
      default:
        throw new Error(`scripts/declarations.mjs does not know of this kind: ${item.kind} ${item.name}`);
    }
  });
  // In the order of their names, so that a move in Rust changes nothing here.
  return [HEADER, ...written.sort((one, other) => (nameIn(one) < nameIn(other) ? -1 : 1))].join('\n');
}

const nameIn = (declaration) => /^export (?:declare )?(?:interface|class|function) (\w+)/m.exec(declaration)[1];

function block({ js_doc: doc }, head, members) {
  const lines = members.map((line) => (line === '' ? '' : `  ${line}`));
  return `${doc}${head} {\n${lines.join('\n')}\n}\n`;
}

/** Rust takes a member that is \`undefined\` for one that is not there. */
function optionalMembers(def) {
  return membersIn(def).map((line) => line.replace(/^(\w+\?: .*);$/, '$1 | undefined;'));
}

/** Without a constructor of its own, JavaScript cannot make one. */
function classMembers(def, impls) {
  const members = [def, ...impls].flatMap(membersIn);
  return members.some((line) => line.startsWith('constructor(')) ? members : ['private constructor();', ...members];
}

/** Lines of documentation as they are, and each member with a semicolon. */
function membersIn(def) {
  return def
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => (/^(\/\*\*|\*)/.test(line) ? line.replace(/^\*/, ' *') : `${line};`));
}
