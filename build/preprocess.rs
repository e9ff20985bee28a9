//! The shader preprocessor: `#import name`, `#ifdef X`, `#ifndef X`, `#else`, `#endif` on lines of
//! their own, and nothing else. No text is substituted, so every file stays readable for editors.

use std::collections::BTreeSet;

/// WGSL ready for the compiler, and where each of its lines came from.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The text.
    pub(crate) wgsl: String,
    /// File and line number (from 1) of each line of the text.
    pub(crate) origin: Vec<(String, usize)>,
    /// Names that some `#ifdef` or `#ifndef` asked for.
    pub(crate) tested: BTreeSet<String>,
}

/// Expands `file` for a set of defines. `read` yields a file's text: `name.wgsl`, or `shared/name.wgsl`
/// for imports. Comments and indentation are dropped: the text travels to browsers.
///
/// Errors name file and line, all of them at once.
pub(crate) fn preprocess(
    file: &str,
    defines: &BTreeSet<String>,
    read: &dyn Fn(&str) -> Option<String>,
) -> Result<Source, Vec<String>> {
    let mut state =
        State { defines, read, imported: BTreeSet::new(), out: Source::default(), errors: Vec::new() };
    match read(file) {
        Some(text) => state.expand(file, &text),
        None => state.errors.push(format!("{file}: no such file")),
    }
    if state.errors.is_empty() { Ok(state.out) } else { Err(state.errors) }
}

struct State<'a> {
    defines: &'a BTreeSet<String>,
    read: &'a dyn Fn(&str) -> Option<String>,
    imported: BTreeSet<String>,
    out: Source,
    errors: Vec<String>,
}

/// An open `#ifdef`.
struct If {
    line: usize,
    /// Whether the condition holds (inverted by `#else`).
    holds: bool,
    has_else: bool,
}

impl State<'_> {
    fn expand(&mut self, file: &str, text: &str) {
        let mut open: Vec<If> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let at = |message: &str| format!("{file}:{number}: {message}\n  {number} | {}", line.trim());
            let code = line.trim();
            let active = open.iter().all(|c| c.holds);
            let Some(directive) = code.strip_prefix('#') else {
                if active && !code.is_empty() && !code.starts_with("//") {
                    self.out.wgsl.push_str(code.split("//").next().unwrap_or_default().trim_end());
                    self.out.wgsl.push('\n');
                    self.out.origin.push((file.to_owned(), number));
                }
                continue;
            };
            let words: Vec<&str> = directive.split_whitespace().collect();
            match words[..] {
                ["ifdef" | "ifndef", name] => {
                    self.out.tested.insert(name.to_owned());
                    let holds = self.defines.contains(name) == (words[0] == "ifdef");
                    open.push(If { line: number, holds, has_else: false });
                }
                ["else"] => match open.last_mut() {
                    Some(c) if !c.has_else => {
                        c.holds = !c.holds;
                        c.has_else = true;
                    }
                    Some(_) => self.errors.push(at("a second #else for one #ifdef")),
                    None => self.errors.push(at("#else without #ifdef or #ifndef")),
                },
                ["endif"] => {
                    if open.pop().is_none() {
                        self.errors.push(at("#endif without #ifdef or #ifndef"));
                    }
                }
                ["import", name] => {
                    if active && self.imported.insert(name.to_owned()) {
                        let path = format!("shared/{name}.wgsl");
                        match (self.read)(&path) {
                            Some(text) => self.expand(&path, &text),
                            None => self.errors.push(at(&format!("there is no {path}"))),
                        }
                    }
                }
                ["ifdef" | "ifndef" | "import", ..] => {
                    self.errors.push(at("this directive takes exactly one name"));
                }
                ["else" | "endif", ..] => self.errors.push(at("this directive takes nothing after it")),
                _ => self
                    .errors
                    .push(at("unknown directive; there is #import, #ifdef, #ifndef, #else and #endif")),
            }
        }
        for c in open {
            self.errors.push(format!("{file}:{}: this #ifdef or #ifndef has no #endif", c.line));
        }
    }
}
