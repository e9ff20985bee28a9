//! Uniforms as Rust: the struct of the WGSL, field by field, and the flags that its file declares.

use crate::compile::Shader;
use crate::preprocess::Source;
use naga::{AddressSpace, Expression, Literal, Module, Scalar, Span, TypeInner};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The struct of a `var<uniform>`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Uniform {
    name: String,
    /// Below `shaders/`.
    file: String,
    /// Name and Rust type, what fills gaps included: all types are aligned to 4 bytes, so that Rust's layout is
    /// this one.
    fields: Vec<(String, String)>,
    /// The `u32` constants of the same file.
    flags: Vec<(String, u32)>,
}

impl Uniform {
    /// Those of one shader.
    pub(crate) fn all(module: &Module, source: &Source) -> Result<Vec<Self>, String> {
        let uniforms = module.global_variables.iter().filter(|(_, v)| v.space == AddressSpace::Uniform);
        uniforms.map(|(_, variable)| Self::of(module, source, variable.ty)).collect()
    }

    fn of(module: &Module, source: &Source, ty: naga::Handle<naga::Type>) -> Result<Self, String> {
        let (name, inner) = (module.types[ty].name.clone().unwrap_or_default(), &module.types[ty].inner);
        let TypeInner::Struct { members, span } = inner else {
            return Err(format!("the uniform is no struct but {inner:?}"));
        };
        let (mut fields, mut end) = (Vec::new(), 0);
        let fill = |fields: &mut Vec<_>, from: u32, to: u32| {
            if to > from {
                fields.push((format!("_gap_{from}"), format!("[u32; {}]", (to - from) / 4)));
            }
        };
        for member in members {
            let field = member.name.clone().unwrap_or_default();
            let inner = &module.types[member.ty].inner;
            let rust = match inner {
                TypeInner::Scalar(scalar) => rust_scalar(*scalar).map(str::to_owned),
                TypeInner::Vector { size, scalar } => {
                    rust_scalar(*scalar).map(|scalar| format!("[{scalar}; {}]", *size as u8))
                }
                _ => None,
            };
            let rust = rust.ok_or_else(|| {
                format!(
                    "{name}.{field}: build/uniform.rs knows 32-bit scalars and vectors of them, not {inner:?}"
                )
            })?;
            fill(&mut fields, end, member.offset);
            end = member.offset + inner.size(module.to_ctx());
            fields.push((field, rust));
        }
        fill(&mut fields, end, *span);
        let file = file_of(source, module.types.get_span(ty));
        let flags = (module.constants.iter())
            .filter(|(handle, _)| file_of(source, module.constants.get_span(*handle)) == file)
            .filter_map(|(_, constant)| match module.global_expressions[constant.init] {
                Expression::Literal(Literal::U32(value)) => Some((constant.name.clone()?, value)),
                _ => None,
            })
            .collect();
        Ok(Self { name, file, fields, flags })
    }
}

fn rust_scalar(scalar: Scalar) -> Option<&'static str> {
    match scalar {
        Scalar::F32 => Some("f32"),
        Scalar::I32 => Some("i32"),
        Scalar::U32 => Some("u32"),
        _ => None,
    }
}

fn file_of(source: &Source, span: Span) -> String {
    let line = span.location(&source.wgsl).line_number as usize;
    source.origin.get(line.saturating_sub(1)).map_or_else(String::new, |(file, _)| file.clone())
}

/// The structs as Rust, each once.
///
/// Errors say which are declared twice and differ.
pub(crate) fn rust_structs(shaders: &[Shader]) -> Result<String, Vec<String>> {
    let mut found: BTreeMap<&str, &Uniform> = BTreeMap::new();
    let mut out = String::new();
    for uniform in shaders.iter().flat_map(|shader| &shader.uniforms) {
        match found.insert(&uniform.name, uniform) {
            None => out.push_str(&rust_struct(uniform)),
            Some(same) if same == uniform => {}
            Some(other) => {
                let Uniform { name, file, .. } = uniform;
                return Err(vec![format!(
                    "the uniform {name} of {file} differs from that of {}",
                    other.file
                )]);
            }
        }
    }
    Ok(out)
}

fn rust_struct(Uniform { name, file, fields, flags }: &Uniform) -> String {
    let mut out = format!(
        "/// `{name}` of `shaders/{file}`.\n\
         #[repr(C)]\n\
         #[derive(Clone, Copy, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]\n\
         #[allow(missing_docs, reason = \"the WGSL says what the fields are\")]\n\
         pub struct {name} {{\n"
    );
    for (field, rust) in fields {
        let _ = writeln!(out, "    pub {field}: {rust},");
    }
    let _ = writeln!(
        out,
        "}}\n#[allow(missing_docs, reason = \"the WGSL says what the flags are\")]\nimpl {name} {{"
    );
    for (flag, value) in flags {
        let _ = writeln!(out, "    pub const {flag}: u32 = {value};");
    }
    out.push_str("}\n");
    out
}
