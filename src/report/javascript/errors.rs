//! Which facts each code of an error has, read from the sources: `impl Coded` says it in code alone.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use syn::visit::{self, Visit};
use syn::{Arm, Expr, ExprLit, Fields, ImplItem, Item, ItemEnum, ItemImpl, Lit, Member, Pat, Type};

/// What a sentence can tell, by its name: a TypeScript type, and whether it is always there.
type Facts = BTreeMap<String, (&'static str, bool)>;

/// All errors: enums that are `Coded`.
#[derive(Default)]
struct Sources {
    enums: HashMap<String, ItemEnum>,
    coded: HashMap<String, ItemImpl>,
}

impl<'ast> Visit<'ast> for Sources {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Enum(item) => drop(self.enums.insert(item.ident.to_string(), item.clone())),
            Item::Impl(item) => {
                let is_coded = |path: &syn::Path| path.segments.last().is_some_and(|s| s.ident == "Coded");
                if item.trait_.as_ref().is_some_and(|(_, path, _)| is_coded(path)) {
                    self.coded.insert(named(&item.self_ty), item.clone());
                }
            }
            _ => visit::visit_item(self, item),
        }
    }
}

/// `ErrorFacts`, by code.
pub(super) fn declaration() -> String {
    let mut sources = Sources::default();
    read(Path::new("src"), &mut sources);
    let mut all: BTreeMap<String, Facts> = BTreeMap::new();
    for error in sources.coded.keys() {
        for (code, facts) in sources.facts(error) {
            let known = all.entry(code).or_default();
            for (name, (kind, always)) in facts {
                let fact = known.entry(name.clone()).or_insert((kind, always));
                assert_eq!(fact.0, kind, "{name} of {error} has two types");
                // What one of several errors with this code has not is not always there.
                fact.1 &= always;
            }
        }
    }
    let mut text = String::from(
        "/**\n * What an error's sentence can tell, by the error's code.\n */\nexport type ErrorFacts = {\n",
    );
    for (code, facts) in all {
        let facts: Vec<String> = (facts.iter())
            .map(|(name, (kind, always))| format!(" {name}{}: {kind},", if *always { "" } else { "?" }))
            .collect();
        text += &format!("\"{code}\": {{{} }},\n", facts.concat());
    }
    text + "};\n"
}

fn read(path: &Path, sources: &mut Sources) {
    if path.is_dir() {
        std::fs::read_dir(path).unwrap().for_each(|entry| read(&entry.unwrap().path(), sources));
    } else if path.extension().is_some_and(|e| e == "rs") {
        sources.visit_file(&syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap());
    }
}

impl Sources {
    /// Codes of an error, with the facts of each. An error that holds another has that one's codes.
    fn facts(&self, error: &str) -> Vec<(String, Facts)> {
        let mut all = Vec::new();
        for arm in self.arms(error, "code") {
            for (variant, _) in bindings(&arm.pat) {
                let facts = self.told(error, &variant);
                match &*arm.body {
                    Expr::Lit(ExprLit { lit: Lit::Str(code), .. }) => all.push((code.value(), facts)),
                    _ => {
                        // What the outer error adds is missing where the inner one is thrown alone.
                        let field = self.enums[error].variants.iter().find(|v| v.ident == variant).unwrap();
                        let inner =
                            field.fields.iter().map(|f| named(&f.ty)).find(|t| self.coded.contains_key(t));
                        for (code, mut inner) in self.facts(&inner.unwrap()) {
                            inner
                                .extend(facts.iter().map(|(name, (kind, _))| (name.clone(), (*kind, false))));
                            all.push((code, inner));
                        }
                    }
                }
            }
        }
        assert!(!all.is_empty(), "{error} has no codes");
        all
    }

    /// The facts that a variant itself tells.
    fn told(&self, error: &str, variant: &str) -> Facts {
        let mut found = Told { types: HashMap::new(), facts: Facts::new(), always: true };
        for arm in self.arms(error, "facts") {
            let Some((_, names)) = bindings(&arm.pat).into_iter().find(|(v, _)| v == variant) else {
                continue;
            };
            let fields = &self.enums[error].variants.iter().find(|v| v.ident == variant).unwrap().fields;
            for (name, member) in names {
                found.types.insert(name, type_of(fields, &member));
            }
            found.visit_expr(&arm.body);
        }
        found.facts
    }

    /// The arms of a function's `match`.
    fn arms(&self, error: &str, function: &str) -> Vec<Arm> {
        struct Arms(Vec<Arm>);
        impl<'ast> Visit<'ast> for Arms {
            fn visit_arm(&mut self, arm: &'ast Arm) {
                self.0.push(arm.clone());
            }
        }
        let mut arms = Arms(Vec::new());
        for item in &self.coded[error].items {
            if let ImplItem::Fn(item) = item
                && item.sig.ident == function
            {
                arms.visit_impl_item_fn(item);
            }
        }
        arms.0
    }
}

/// Collects `("name", value)`.
struct Told {
    /// Of what the pattern binds.
    types: HashMap<String, &'static str>,
    facts: Facts,
    always: bool,
}

impl<'ast> Visit<'ast> for Told {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Tuple(pair) if pair.elems.len() == 2 => {
                if let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = &pair.elems[0] {
                    let kind = self.kind(&pair.elems[1]).unwrap_or("Fact");
                    self.facts.insert(name.value(), (kind, self.always));
                }
            }
            // Of an option, which may be none.
            Expr::Closure(_) => {
                let before = std::mem::replace(&mut self.always, false);
                visit::visit_expr(self, expr);
                self.always = before;
            }
            Expr::Macro(list) => {
                let all = list
                    .mac
                    .parse_body_with(syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated);
                all.iter().flatten().for_each(|expr| self.visit_expr(expr));
            }
            _ => visit::visit_expr(self, expr),
        }
    }
}

impl Told {
    fn kind(&self, expr: &Expr) -> Option<&'static str> {
        match expr {
            Expr::Paren(inner) => self.kind(&inner.expr),
            Expr::Unary(inner) => self.kind(&inner.expr),
            Expr::Macro(text) if text.mac.path.is_ident("format") => Some("string"),
            Expr::MethodCall(call) => match call.method.to_string().as_str() {
                "to_string" => Some("string"),
                "as_slice" => Some("string[]"),
                _ => self.kind(&call.receiver),
            },
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => match path.path.segments.last()?.ident.to_string().as_str() {
                    "Number" => Some("number"),
                    "List" => Some("string[]"),
                    "Flag" => Some("boolean"),
                    _ => None,
                },
                _ => None,
            },
            Expr::Path(path) => match path.path.get_ident()?.to_string() {
                // Constants are sizes.
                name if name.chars().all(|c| c.is_uppercase() || c == '_') => Some("number"),
                name => self.types.get(&name).copied(),
            },
            _ => None,
        }
    }
}

/// The variants that a pattern matches, each with the names that it gives their fields.
fn bindings(pat: &Pat) -> Vec<(String, Vec<(String, Member)>)> {
    let variant = |path: &syn::Path| path.segments.last().unwrap().ident.to_string();
    let name = |pat: &Pat| match pat {
        Pat::Ident(name) => Some(name.ident.to_string()),
        _ => None,
    };
    match pat {
        Pat::Or(or) => or.cases.iter().flat_map(bindings).collect(),
        Pat::Path(path) => vec![(variant(&path.path), Vec::new())],
        Pat::TupleStruct(tuple) => {
            let names = tuple.elems.iter().enumerate();
            let names = names.filter_map(|(i, pat)| Some((name(pat)?, Member::from(i)))).collect();
            vec![(variant(&tuple.path), names)]
        }
        Pat::Struct(fields) => {
            let names =
                fields.fields.iter().filter_map(|f| Some((name(&f.pat)?, f.member.clone()))).collect();
            vec![(variant(&fields.path), names)]
        }
        _ => Vec::new(),
    }
}

/// What [`crate::error::Fact`] makes of a field, as TypeScript has it.
fn type_of(fields: &Fields, member: &Member) -> &'static str {
    let field = fields.iter().zip(fields.members()).find(|(_, m)| m == member).unwrap().0;
    match named(&field.ty).as_str() {
        "String" | "str" | "Cow" | "Error" => "string",
        "usize" | "u64" | "u32" | "u8" | "f32" | "f64" => "number",
        "bool" => "boolean",
        "Vec" => "string[]",
        _ => "Fact",
    }
}

/// The last name of a type, of what a box or an option holds.
fn named(ty: &Type) -> String {
    match ty {
        Type::Reference(inner) => named(&inner.elem),
        Type::Path(path) => {
            let last = path.path.segments.last().unwrap();
            match &last.arguments {
                syn::PathArguments::AngleBracketed(inner)
                    if ["Box", "Option"].iter().any(|b| last.ident == b) =>
                {
                    match inner.args.first() {
                        Some(syn::GenericArgument::Type(inner)) => named(inner),
                        _ => last.ident.to_string(),
                    }
                }
                _ => last.ident.to_string(),
            }
        }
        _ => String::new(),
    }
}
