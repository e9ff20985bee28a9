//! From `shaders/` to a table of checked WGSL with reflected bindings and uniforms.

use crate::preprocess::{Source, preprocess};
use crate::uniform::Uniform;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ResourceBinding, Span, StorageAccess};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// One permutation of one shader, checked.
pub(crate) struct Shader {
    name: String,
    file: String,
    wgsl: String,
    workgroup_size: [u32; 3],
    bindings: Vec<(u32, String, &'static str)>,
    pub(crate) uniforms: Vec<Uniform>,
}

/// All permutations, sorted by name, or everything that is wrong with them.
pub(crate) fn all(folder: &Path) -> Result<Vec<Shader>, Vec<String>> {
    let read = |file: &str| fs::read_to_string(folder.join(file)).ok();
    let mut errors = Vec::new();
    let permutations = permutations(folder)?;
    let mut shaders = Vec::new();
    for (file, variants) in &permutations {
        let mut tested = BTreeSet::new();
        for (name, defines) in variants {
            let result = preprocess(file, defines, &read)
                .inspect(|source| tested.extend(source.tested.iter().cloned()))
                .and_then(|source| compile(name, file, source).map_err(|e| vec![e]));
            match result {
                Ok(shader) => shaders.push(shader),
                Err(e) => errors.extend(e.into_iter().map(|e| format!("shader {name}: {e}"))),
            }
        }
        for (name, defines) in variants {
            for define in defines.difference(&tested) {
                errors.push(format!("permutations: {name} defines '{define}', which {file} never tests"));
            }
        }
    }
    shaders.sort_by(|a, b| a.name.cmp(&b.name));
    for pair in shaders.windows(2).filter(|pair| pair[0].name == pair[1].name) {
        errors.push(format!("permutations: two shaders are named {}", pair[0].name));
    }
    // One mistake in a shared file is found once a permutation.
    let mut seen = BTreeSet::new();
    errors.retain(|e| seen.insert(e.split_once(": ").map_or(e.clone(), |(_, e)| e.to_owned())));
    if errors.is_empty() { Ok(shaders) } else { Err(errors) }
}

type Variants = Vec<(String, BTreeSet<String>)>;

/// Reads the file `permutations`: a line with a shader's name, then a line `+ name: define define` for
/// each variant. A shader that is not listed has one variant, without defines and of its own name.
fn permutations(folder: &Path) -> Result<BTreeMap<String, Variants>, Vec<String>> {
    let list = |e: std::io::Error| vec![format!("{}: {e}", folder.display())];
    let mut found: BTreeMap<String, Variants> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(list)? {
        let name = entry.map_err(list)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".wgsl") {
            found.insert(name, Vec::new());
        }
    }
    let text = fs::read_to_string(folder.join("permutations")).map_err(list)?;
    let mut errors = Vec::new();
    let mut current: Option<&mut Variants> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let variant = line.strip_prefix('+').map(|rest| rest.split_once(':').unwrap_or((rest, "")));
        match (variant, &mut current) {
            (Some((name, defines)), Some(variants)) => variants
                .push((name.trim().to_owned(), defines.split_whitespace().map(str::to_owned).collect())),
            (Some(_), None) => errors.push(format!("permutations:{number}: a variant before any shader")),
            (None, _) => {
                current = found.get_mut(&format!("{line}.wgsl"));
                if current.is_none() {
                    errors.push(format!("permutations:{number}: there is no shader {line}.wgsl"));
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    for (file, variants) in &mut found {
        if variants.is_empty() {
            variants.push((file.trim_end_matches(".wgsl").to_owned(), BTreeSet::new()));
        }
    }
    Ok(found)
}

/// Parses and validates with what WebGPU has without any optional feature, and reflects.
fn compile(name: &str, file: &str, source: Source) -> Result<Shader, String> {
    let module = naga::front::wgsl::parse_str(&source.wgsl).map_err(|e| {
        let labels = e.labels().map(|(span, label)| (span, label.to_owned())).collect();
        let notes: Vec<&str> = e.notes().collect();
        excerpt(&source, e.message(), labels, &notes)
    })?;
    Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module).map_err(|e| {
        let labels = e.spans().map(|(span, label)| (*span, label.clone())).collect();
        let mut causes = vec![];
        let mut cause = std::error::Error::source(e.as_inner());
        while let Some(c) = cause {
            causes.push(c.to_string());
            cause = c.source();
        }
        let causes: Vec<&str> = causes.iter().map(String::as_str).collect();
        excerpt(&source, &e.as_inner().to_string(), labels, &causes)
    })?;
    let [entry] = &module.entry_points[..] else {
        return Err(format!("{file}: expected one entry point, found {}", module.entry_points.len()));
    };
    if entry.name != "main" || entry.stage != naga::ShaderStage::Compute {
        return Err(format!("{file}: expected a @compute entry point 'main', found '{}'", entry.name));
    }
    let workgroup_size = entry.workgroup_size;
    let bindings = reflect(&module, file)?;
    let uniforms = Uniform::all(&module, &source).map_err(|e| format!("{file}: {e}"))?;
    let (name, file) = (name.to_owned(), file.to_owned());
    Ok(Shader { name, file, wgsl: source.wgsl, workgroup_size, bindings, uniforms })
}

fn reflect(module: &Module, file: &str) -> Result<Vec<(u32, String, &'static str)>, String> {
    let mut bindings = Vec::new();
    for (_, variable) in module.global_variables.iter() {
        let Some(ResourceBinding { group, binding }) = variable.binding else { continue };
        let name = variable.name.clone().unwrap_or_default();
        let kind = match variable.space {
            _ if group != 0 => {
                return Err(format!("{file}: {name} is in group {group}; all bindings go to 0"));
            }
            AddressSpace::Uniform => "Uniform",
            AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => "ReadWrite",
            AddressSpace::Storage { .. } => "Read",
            _ => return Err(format!("{file}: {name} is neither a uniform nor a storage buffer")),
        };
        bindings.push((binding, name, kind));
    }
    bindings.sort();
    Ok(bindings)
}

/// A message with the lines that it is about, numbered as in the files under `shaders/`.
fn excerpt(source: &Source, message: &str, labels: Vec<(Span, String)>, notes: &[&str]) -> String {
    let mut out = String::new();
    let mut place = None;
    for (span, label) in &labels {
        let location = span.location(&source.wgsl);
        let line = location.line_number as usize;
        let Some((file, number)) = source.origin.get(line.saturating_sub(1)) else { continue };
        place.get_or_insert_with(|| format!("{file}:{number}"));
        let text = source.wgsl.lines().nth(line - 1).unwrap_or_default();
        let column = location.line_position.saturating_sub(1) as usize;
        let width = (location.length as usize).clamp(1, text.len().saturating_sub(column).max(1));
        let gutter = format!("{number:>5} | ");
        let _ = write!(out, "\n  {file}\n{gutter}{text}");
        let _ = write!(out, "\n{}{} {label}", " ".repeat(gutter.len() + column), "^".repeat(width));
    }
    for note in notes {
        let _ = write!(out, "\n  = {note}");
    }
    format!("{}: {message}{out}", place.unwrap_or_else(|| "shaders".to_owned()))
}

/// The declarations of a shader, one after the other.
fn declarations(wgsl: &str) -> Vec<String> {
    let (mut all, mut current, mut depth) = (Vec::new(), String::new(), 0);
    for line in wgsl.lines() {
        current += line;
        current.push('\n');
        depth += line.matches('{').count();
        depth -= line.matches('}').count().min(depth);
        // A function's attributes are lines before it.
        if depth == 0 && line.ends_with(['}', ';']) {
            all.push(std::mem::take(&mut current));
        }
    }
    all.extend(Some(current).filter(|rest| !rest.is_empty()));
    all
}

/// The table as Rust, one `pub static` a permutation and a list of them all. Each declaration is there once: shaders
/// share most of them.
pub(crate) fn rust_table(shaders: &[Shader]) -> String {
    let mut out = String::new();
    let mut declared: Vec<String> = Vec::new();
    for s in shaders {
        let parts: Vec<usize> = (declarations(&s.wgsl).into_iter())
            .map(|declaration| {
                declared.iter().position(|d| *d == declaration).unwrap_or_else(|| {
                    declared.push(declaration);
                    declared.len() - 1
                })
            })
            .collect();
        let _ = writeln!(
            out,
            "/// `shaders/{}`, as `{}`.\n\
             pub static {}: Shader = Shader {{ name: {:?}, parts: &{:?}, workgroup_size: {:?}, bindings: &[",
            s.file,
            s.name,
            s.name.to_uppercase(),
            s.name,
            parts,
            s.workgroup_size,
        );
        for (index, name, kind) in &s.bindings {
            let _ =
                writeln!(out, "    Binding {{ index: {index}, name: {name:?}, kind: BindingKind::{kind} }},");
        }
        out.push_str("] };\n");
    }
    out.push_str("/// Every permutation of every shader, sorted by name.\npub static ALL: &[&Shader] = &[");
    for s in shaders {
        let _ = write!(out, "&{}, ", s.name.to_uppercase());
    }
    out.push_str("];\n/// Declarations, of which shaders are made.\n");
    let _ = writeln!(out, "static DECLARATIONS: [&str; {}] = {declared:?};", declared.len());
    out
}
