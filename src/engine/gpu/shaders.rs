//! The preprocessed shaders that `build.rs` made of `shaders/`, checked and reflected.

/// One permutation of a shader. Its entry point is `main`, its bindings are in group 0.
#[derive(Debug, PartialEq, Eq)]
pub struct Shader {
    /// As in `shaders/permutations`.
    pub name: &'static str,
    /// Its declarations.
    parts: &'static [u8],
    /// Invocations of a workgroup.
    pub workgroup_size: [u32; 3],
    /// What it reads and writes, by index.
    pub bindings: &'static [Binding],
}

impl Shader {
    /// Preprocessed source.
    pub fn wgsl(&self) -> String {
        self.parts.iter().map(|part| DECLARATIONS[usize::from(*part)]).collect()
    }
}

/// A buffer that a shader reads or writes.
#[derive(Debug, PartialEq, Eq)]
pub struct Binding {
    /// `@binding`.
    pub index: u32,
    /// The variable's name.
    pub name: &'static str,
    /// What it is.
    pub kind: BindingKind,
}

/// What a binding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// Uniform buffer.
    Uniform,
    /// Storage buffer, read only.
    Read,
    /// Storage buffer, read and written.
    ReadWrite,
}

include!(concat!(env!("OUT_DIR"), "/shaders.rs"));

/// The table as JSON, for tools that try every shader in a browser: a list of objects with `name`, `wgsl`,
/// `workgroupSize` and `bindings` (`index`, `name`, and `type` as WebGPU's `GPUBufferBindingType`).
pub fn to_json() -> serde_json::Value {
    let binding = |b: &Binding| {
        let kind = match b.kind {
            BindingKind::Uniform => "uniform",
            BindingKind::Read => "read-only-storage",
            BindingKind::ReadWrite => "storage",
        };
        serde_json::json!({ "index": b.index, "name": b.name, "type": kind })
    };
    ALL.iter()
        .map(|s| {
            serde_json::json!({
                "name": s.name,
                "wgsl": s.wgsl(),
                "workgroupSize": s.workgroup_size,
                "bindings": s.bindings.iter().map(binding).collect::<Vec<_>>(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_in_the_table() {
        let mut files = 0;
        for entry in std::fs::read_dir("shaders").unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            if let Some(stem) = file.strip_suffix(".wgsl") {
                files += 1;
                assert!(
                    ALL.iter().any(|s| s.name == stem || s.name.starts_with(&format!("{stem}_"))),
                    "{file}"
                );
            }
        }
        assert!(files >= 10, "only {files} shaders found");
        assert!(ALL.is_sorted_by_key(|s| s.name));
    }

    /// More than WebGPU's default limits would need an adapter that grants more.
    #[test]
    fn default_limits_suffice() {
        for shader in ALL {
            let storage = shader.bindings.iter().filter(|b| b.kind != BindingKind::Uniform).count();
            assert!(storage <= 8, "{} has {storage} storage buffers", shader.name);
            assert!(shader.workgroup_size.iter().product::<u32>() <= 256, "{}", shader.name);
        }
    }

    #[test]
    fn no_directive_is_left() {
        for shader in ALL {
            assert!(!shader.wgsl().contains('#'), "{}", shader.name);
        }
    }
}
