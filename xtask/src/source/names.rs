//! The names that the source of a module declares, imports and uses.
//!
//! Paths are found in `use` items, in types, expressions and patterns, within macro calls, and in the strings of
//! attributes (`#[serde(with = "crate::date")]`). Links in documentation are no dependency.

use std::collections::BTreeMap;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// What one module declares, imports and names.
#[derive(Default)]
pub(crate) struct Module {
    /// The file that holds it, relative to the root of the repository.
    pub(crate) file: String,
    pub(crate) items: BTreeMap<String, Item>,
    pub(crate) methods: Vec<Method>,
    pub(crate) imports: Vec<Import>,
    pub(crate) used: Vec<Used>,
}

/// What an item is, and whether it is `pub`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) kind: &'static str,
    pub(crate) is_public: bool,
}

/// A public function or constant of a type, from an `impl` that is of no trait.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    /// The type, as the `impl` writes it.
    pub(crate) of: Vec<String>,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
}

/// A name that a `use` item brings into a module.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) is_public: bool,
    /// `None` for `use path::*`.
    pub(crate) name: Option<String>,
    pub(crate) path: Vec<String>,
}

/// A path, as it is written, and its line.
#[derive(Clone, Debug)]
pub(crate) struct Used {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// Collects what one item of a module declares, imports and uses.
pub(super) struct Visitor<'a> {
    module: &'a mut Module,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(module: &'a mut Module) -> Self {
        Self { module }
    }

    fn declare(&mut self, item: &syn::Item) {
        let (kind, name, visibility) = match item {
            syn::Item::Const(item) => ("const", &item.ident, &item.vis),
            syn::Item::Enum(item) => ("enum", &item.ident, &item.vis),
            syn::Item::Fn(item) => ("fn", &item.sig.ident, &item.vis),
            syn::Item::Static(item) => ("static", &item.ident, &item.vis),
            syn::Item::Struct(item) => ("struct", &item.ident, &item.vis),
            syn::Item::Trait(item) => ("trait", &item.ident, &item.vis),
            syn::Item::TraitAlias(item) => ("trait", &item.ident, &item.vis),
            syn::Item::Type(item) => ("type", &item.ident, &item.vis),
            syn::Item::Union(item) => ("union", &item.ident, &item.vis),
            _ => return,
        };
        self.module.items.insert(name.to_string(), Item { kind, is_public: is_public(visibility) });
    }

    fn import(&mut self, is_public: bool, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(part) => self.import(is_public, &with(&part.ident), &part.tree),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(is_public, before, tree))
            }
            syn::UseTree::Glob(glob) => self.imported(is_public, None, before.to_vec(), glob.span()),
            syn::UseTree::Name(name) => {
                // `use a::{self}` brings `a`.
                let path = if name.ident == "self" { before.to_vec() } else { with(&name.ident) };
                self.imported(is_public, path.last().cloned(), path, name.span());
            }
            syn::UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { before.to_vec() } else { with(&rename.ident) };
                self.imported(is_public, Some(rename.rename.to_string()), path, rename.span());
            }
        }
    }

    fn imported(
        &mut self,
        is_public: bool,
        name: Option<String>,
        path: Vec<String>,
        span: proc_macro2::Span,
    ) {
        self.module.used.push(Used { path: path.clone(), line: span.start().line });
        self.module.imports.push(Import { is_public, name, path });
    }

    fn used(&mut self, path: Vec<String>, line: usize) {
        // A single name is declared here or imported, and then the import is noted.
        if path.len() > 1 {
            self.module.used.push(Used { path, line });
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.used(std::mem::take(&mut path), line);
                        line = name.span().start().line;
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    if colons == 1 && punct.spacing() == Spacing::Alone {
                        self.used(std::mem::take(&mut path), line);
                        colons = 0;
                    }
                }
                other => {
                    self.used(std::mem::take(&mut path), line);
                    colons = 0;
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Literal(literal) => self.literal(&literal),
                        TokenTree::Ident(_) | TokenTree::Punct(_) => {}
                    }
                }
            }
        }
        self.used(path, line);
    }

    /// Attributes of derive macros name functions and modules in strings.
    fn literal(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        if let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'))
            && let Ok(path) = syn::parse_str::<syn::Path>(text)
        {
            self.used(segments(&path), literal.span().start().line);
        }
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_for_tests(attributes(item)) {
            self.declare(item);
            visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if item.trait_.is_none()
            && let syn::Type::Path(of) = &*item.self_ty
        {
            let public = item.items.iter().filter_map(|item| match item {
                syn::ImplItem::Fn(item) => {
                    Some(("fn", &item.sig.ident, &item.vis)).filter(|_| !is_for_tests(&item.attrs))
                }
                syn::ImplItem::Const(item) => Some(("const", &item.ident, &item.vis)),
                _ => None,
            });
            let of = segments(&of.path);
            let public = public.filter(|(_, _, visibility)| is_public(visibility));
            self.module.methods.extend(public.map(|(kind, name, _)| Method {
                of: of.clone(),
                name: name.to_string(),
                kind,
            }));
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(is_public(&item.vis), &[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.used(segments(path), path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::a)` gives something away and uses nothing.
    }
}

pub(super) fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// Whether `#[cfg(test)]` or `#[cfg(all(test, …))]` is among these.
pub(super) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,")
        }
        meta => meta.path().is_ident("test"),
    })
}

/// The file that `#[path = "…"]` names.
pub(super) fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

pub(super) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
