//! The types of what reaches JavaScript as JSON: `www/runtime/rust.d.ts` is made of ours.

mod errors;

use super::{Advanced, Asked, Described, Evaluated, Guess, ModelSummary, Table, Told};
use crate::engine::gpu::Tuning;
use crate::inspect::{Explanation, Histogram, Links, ReceptiveFields, StepTime};
use crate::net::Factorisation;
use crate::run::{Intervention, Memory};
use crate::weights::catalogue::Source;
use std::collections::BTreeMap;
use ts_rs::{Config, TS, TypeVisitor};

const FILE: &str = "www/runtime/rust.d.ts";

/// Declarations by name, of a type and of all that it holds.
struct Declarations {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // What TypeScript has already is declared nowhere.
        if T::output_path().is_none() {
            return T::visit_generics(self);
        }
        let name = T::ident(&self.config);
        let declaration = format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&self.config));
        match self.found.insert(name.clone(), declaration.clone()) {
            None => T::visit_dependencies(self),
            Some(other) => assert_eq!(other, declaration, "two types are called {name}"),
        }
    }
}

/// All that `www/runtime/rust.d.ts` says.
fn file() -> String {
    let mut all = Declarations { config: Config::default().with_large_int("number"), found: BTreeMap::new() };
    all.visit::<Advanced>();
    all.visit::<Asked>();
    all.visit::<Described>();
    all.visit::<Evaluated>();
    all.visit::<Explanation>();
    all.visit::<Factorisation>();
    all.visit::<Guess>();
    all.visit::<Histogram>();
    all.visit::<Intervention>();
    all.visit::<Links>();
    all.visit::<Memory>();
    all.visit::<ModelSummary>();
    all.visit::<ReceptiveFields>();
    all.visit::<Source>();
    all.visit::<StepTime>();
    all.visit::<Table>();
    all.visit::<Told>();
    all.visit::<Tuning>();
    let declarations: Vec<String> = all.found.into_values().collect();
    tidy(&format!(
        "// The types of what the Rust runtime takes and answers. Made of src/ by `cargo xtask types`; do not edit.\n\n\
         {}\n{}",
        declarations.join("\n"),
        errors::declaration(),
    ))
}

/// Short comments on one line, fields indented.
fn tidy(text: &str) -> String {
    let mut lines = text.lines().map(str::trim_end).peekable();
    let (mut tidied, mut inside) = (String::new(), false);
    while let Some(line) = lines.next() {
        let mut line = line.to_owned();
        if line == "/**" {
            let first = lines.next().unwrap_or_default();
            if lines.next_if_eq(&" */").is_some() {
                line = format!("/** {} */", first.trim_start_matches(" * "));
            } else {
                line = format!("/**\n{}{first}", if inside { "  " } else { "" });
            }
        }
        let ends = inside && line.ends_with("};");
        let indent = if inside && line != "};" { "  " } else { "" };
        tidied += &format!("{indent}{}", line.strip_suffix(" };").filter(|_| ends).unwrap_or(&line));
        tidied += if ends && line != "};" { "\n};\n" } else { "\n" };
        inside = (inside || (line.starts_with("export") && line.ends_with(['{', ',']))) && !ends;
    }
    tidied
}

#[test]
fn javascript_has_our_types() {
    let text = file();
    if std::env::var_os("INCEPTIONSCOPE_WRITE_TYPES").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let current = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(current == text, "{FILE} is not what src/ says: run `cargo xtask types` and commit it");
}
