//! The device: opening it, learning what it refused, waiting for it.

use super::passes::Scratch;
use super::photo::Resizer;
use super::shaders::{BindingKind, Shader};
use super::tuning::Tuning;
use crate::engine::EngineError;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Weak;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use web_time::Instant;

/// What is known of a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Its name; browsers may keep it to themselves.
    pub name: String,
    /// `Vulkan`, `BrowserWebGpu` and so on.
    pub backend: String,
    /// Whether the "GPU" is the CPU (lavapipe, SwiftShader). The CPU engine is faster then.
    pub software: bool,
    /// Whether it is known to be a card of its own, with many cores to feed. Browsers do not tell.
    pub discrete: bool,
}

/// What went wrong outside any error scope, told by callbacks.
#[derive(Debug, Default)]
struct Trouble {
    lost: Option<String>,
    refused: Option<EngineError>,
}

/// The shaders of a step, the one that yields its output last, with the flags of that: what is compiled the same and takes
/// the same branches.
pub(super) type Variant = (Vec<&'static str>, u32);

/// Not a number, and one that no arithmetic makes.
pub(super) const UNWRITTEN: f32 = f32::from_bits(0x7fc1_7e00);

/// A device with its queue and pipelines.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) info: Adapter,
    /// [`UNWRITTEN`].
    unwritten: wgpu::Buffer,
    trouble: Arc<Mutex<Trouble>>,
    pipelines: RefCell<HashMap<&'static str, Pipeline>>,
    /// Pending errors of what was made for all engines.
    pub(super) pending: RefCell<Scopes>,
    /// What steps of several dispatches hand on, while there are such.
    pub(super) scratch: RefCell<Weak<Scratch>>,
    /// What makes inputs of photos, once there was one.
    pub(super) resizer: RefCell<Option<Resizer>>,
    /// By what was tried: the wrong value that it computes, and the right one; nothing if it is right.
    pub(super) tried: RefCell<HashMap<Variant, Option<[f32; 2]>>>,
    /// Which tiles are fastest here, as far as was measured.
    pub(super) tuning: RefCell<Tuning>,
}

/// Dropping frees nothing in browsers.
impl Drop for Device {
    fn drop(&mut self) {
        self.device.destroy();
    }
}

/// A compiled shader and the layout of its bindings.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
}

impl Device {
    /// A device on the best adapter. An adapter gives one device only, so that after a loss
    /// everything starts here again.
    pub(super) async fn open() -> Result<Self, EngineError> {
        let no_gpu = |e: &dyn std::fmt::Display| EngineError::NoGpu(e.to_string());
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|e| no_gpu(&e))?;
        let info = adapter.get_info();
        let info = Adapter {
            name: info.name,
            backend: format!("{:?}", info.backend),
            software: info.device_type == wgpu::DeviceType::Cpu,
            discrete: info.device_type == wgpu::DeviceType::DiscreteGpu,
        };
        // Limits stay at WebGPU's defaults, which every adapter has.
        let descriptor = wgpu::DeviceDescriptor { label: Some("inceptionscope"), ..Default::default() };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|e| no_gpu(&e))?;

        let trouble = Arc::new(Mutex::new(Trouble::default()));
        let seen = trouble.clone();
        device.set_device_lost_callback(move |reason, message| {
            lock(&seen).lost = Some(if message.is_empty() { format!("{reason:?}") } else { message });
        });
        let seen = trouble.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            lock(&seen).refused.get_or_insert_with(|| refused("a command", &error));
        }));
        let unwritten = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("unwritten"),
            size: size_of::<f32>() as u64,
            usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&unwritten, 0, bytemuck::bytes_of(&UNWRITTEN));
        Ok(Self {
            device,
            queue,
            info,
            unwritten,
            trouble,
            pipelines: RefCell::default(),
            pending: RefCell::default(),
            scratch: RefCell::default(),
            resizer: RefCell::default(),
            tried: RefCell::default(),
            tuning: RefCell::default(),
        })
    }

    /// What has gone wrong since the last call: calls themselves say nothing, and on a lost device
    /// they seem to succeed.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        let refused = lock(&self.trouble).refused.take();
        if refused.is_some() {
            // On a lost device everything is refused. Natively the loss is told here.
            self.poll()?;
        }
        match (&lock(&self.trouble).lost, refused) {
            (Some(reason), _) => Err(EngineError::Lost(reason.clone())),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(()),
        }
    }

    /// What the device says about things just made, as of [`Device::check`].
    pub(super) async fn answer(&self, scopes: Scopes) -> Result<(), EngineError> {
        let answer = scopes.check().await;
        if let Err(error) = answer {
            lock(&self.trouble).refused.get_or_insert(error);
        }
        // On a lost device things are made without a word, and the loss is told here.
        self.poll()?;
        self.check()
    }

    pub(super) fn encoder(&self) -> wgpu::CommandEncoder {
        self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    /// Makes a value no number until something writes it: a dispatch that never happens shows, since what it left reaches
    /// the answer.
    pub(super) fn mark(&self, encoder: &mut wgpu::CommandEncoder, buffer: &wgpu::Buffer, byte: u64) {
        encoder.copy_buffer_to_buffer(&self.unwritten, 0, buffer, byte, size_of_val(&UNWRITTEN) as u64);
    }

    /// Submits one dispatch, after what the encoder has.
    pub(super) fn dispatch(
        &self,
        mut encoder: wgpu::CommandEncoder,
        label: &str,
        pipeline: &Pipeline,
        group: &wgpu::BindGroup,
        workgroups: u32,
    ) {
        let descriptor = wgpu::ComputePassDescriptor { label: Some(label), timestamp_writes: None };
        {
            let mut pass = encoder.begin_compute_pass(&descriptor);
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, group, &[]);
            pass.dispatch_workgroups(workgroups, 1, 1);
        }
        self.queue.submit([encoder.finish()]);
    }

    /// A buffer; what the device says about it goes where errors are collected.
    pub(super) fn buffer(&self, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            // Copies and writes are in units of four bytes; empty buffers cannot be bound.
            size: bytes.next_multiple_of(4).max(16),
            usage,
            // Not mapped at creation: browsers throw when that fails.
            mapped_at_creation: false,
        })
    }

    /// Compiles a shader, once. `scopes` gets what the device will say about it.
    pub(super) fn pipeline(&self, shader: &'static Shader, scopes: &mut Scopes) -> Pipeline {
        if let Some(pipeline) = self.pipelines.borrow().get(shader.name) {
            return pipeline.clone();
        }
        let device = &self.device;
        let pipeline = scopes.run(device, &format!("shader {}", shader.name), || {
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(shader.name),
                source: wgpu::ShaderSource::Wgsl(shader.wgsl().into()),
            });
            let entries: Vec<_> = shader
                .bindings
                .iter()
                .map(|b| wgpu::BindGroupLayoutEntry {
                    binding: b.index,
                    visibility: wgpu::ShaderStages::COMPUTE,
                    ty: wgpu::BindingType::Buffer {
                        ty: match b.kind {
                            BindingKind::Uniform => wgpu::BufferBindingType::Uniform,
                            kind => wgpu::BufferBindingType::Storage { read_only: kind == BindingKind::Read },
                        },
                        has_dynamic_offset: false,
                        min_binding_size: None,
                    },
                    count: None,
                })
                .collect();
            let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(shader.name),
                entries: &entries,
            });
            let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(shader.name),
                bind_group_layouts: &[Some(&layout)],
                immediate_size: 0,
            });
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(shader.name),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            });
            Pipeline { pipeline, layout }
        });
        self.pipelines.borrow_mut().insert(shader.name, pipeline.clone());
        pipeline
    }

    /// Forgets compiled shaders: one of them was refused.
    pub(super) fn forget_pipelines(&self) {
        self.pipelines.borrow_mut().clear();
    }

    /// Buffers for a shader's bindings, by the names that they have in the shader.
    pub(super) fn bind(
        &self,
        label: &str,
        shader: &Shader,
        layout: &wgpu::BindGroupLayout,
        buffers: &[(&str, &wgpu::Buffer)],
    ) -> Result<wgpu::BindGroup, EngineError> {
        let mut entries = Vec::with_capacity(shader.bindings.len());
        for binding in shader.bindings {
            let Some((_, buffer)) = buffers.iter().find(|(name, _)| *name == binding.name) else {
                return Err(EngineError::Misuse {
                    what: label.to_owned(),
                    expected: format!("a buffer for '{}' of shader {}", binding.name, shader.name),
                    found: "none".to_owned(),
                });
            };
            entries
                .push(wgpu::BindGroupEntry { binding: binding.index, resource: buffer.as_entire_binding() });
        }
        let descriptor = wgpu::BindGroupDescriptor { label: Some(label), layout, entries: &entries };
        Ok(self.device.create_bind_group(&descriptor))
    }

    /// Waits for everything submitted.
    pub(super) async fn finish(&self) -> Result<(), EngineError> {
        let (sender, receiver) = futures_channel::oneshot::channel();
        self.queue.on_submitted_work_done(move || {
            // Nobody listens if the waiting future was dropped.
            let _ = sender.send(());
        });
        self.poll()?;
        let done = receiver.await;
        self.check()?;
        done.map_err(|_| EngineError::Lost("it stopped answering".to_owned()))
    }

    /// Copies some bytes of a buffer back.
    pub(super) async fn read(
        &self,
        label: &str,
        buffer: &wgpu::Buffer,
        range: Range<u64>,
    ) -> Result<Vec<f32>, EngineError> {
        let bytes = range.end - range.start;
        let usage = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ;
        let staging = Destroy(self.buffer(&format!("copy of {label}"), bytes, usage));
        let mut encoder = self.encoder();
        encoder.copy_buffer_to_buffer(buffer, range.start, &staging.0, 0, bytes);
        self.queue.submit([encoder.finish()]);
        let (sender, receiver) = futures_channel::oneshot::channel();
        staging.0.map_async(wgpu::MapMode::Read, .., move |result| {
            // Nobody listens if the waiting future was dropped.
            let _ = sender.send(result);
        });
        self.poll()?;
        let mapped = receiver.await;
        self.check()?;
        let message = |e: &dyn std::fmt::Display| EngineError::Gpu {
            what: format!("reading {label}"),
            message: e.to_string(),
        };
        match mapped {
            Ok(Ok(())) => {
                let view = staging.0.get_mapped_range(..bytes).map_err(|e| message(&e))?;
                Ok(bytemuck::pod_collect_to_vec(&view))
            }
            Ok(Err(e)) => Err(message(&e)),
            Err(_) => Err(EngineError::Lost("it stopped answering".to_owned())),
        }
    }

    /// Natively callbacks come from here; in browsers from the event loop, and there is nothing to do.
    fn poll(&self) -> Result<(), EngineError> {
        #[cfg(not(target_arch = "wasm32"))]
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|e| EngineError::Gpu { what: "waiting".to_owned(), message: e.to_string() })?;
        Ok(())
    }
}

/// Frees a buffer at the end of a scope; dropping does not, in browsers.
#[derive(Debug)]
pub(super) struct Destroy(pub(super) wgpu::Buffer);

impl Drop for Destroy {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

#[cfg(not(target_arch = "wasm32"))]
type Scope = std::pin::Pin<Box<dyn Future<Output = Option<wgpu::Error>> + Send>>;
/// In browsers everything belongs to one thread.
#[cfg(target_arch = "wasm32")]
type Scope = std::pin::Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>;

/// What the device will say about things just made: asked all at once, because each answer is a
/// round trip to another process in browsers.
#[derive(Default)]
pub(super) struct Scopes(Vec<(String, Scope)>);

impl std::fmt::Debug for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scopes({})", self.0.len())
    }
}

impl Scopes {
    /// Makes something, and remembers to ask.
    pub(super) fn run<T>(&mut self, device: &wgpu::Device, what: &str, make: impl FnOnce() -> T) -> T {
        let scopes = [wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Validation]
            .map(|filter| device.push_error_scope(filter));
        let made = make();
        self.ask(what, scopes);
        made
    }

    /// Not generic, so that it is compiled once.
    fn ask(&mut self, what: &str, scopes: [wgpu::ErrorScopeGuard; 2]) {
        // Scopes are a stack: the last one first.
        for scope in scopes.into_iter().rev() {
            self.0.push((what.to_owned(), Box::pin(scope.pop())));
        }
    }

    /// The first refusal. All answers are awaited, whatever the first ones say.
    pub(super) async fn check(self) -> Result<(), EngineError> {
        let mut result = Ok(());
        for (what, answer) in self.0 {
            if let Some(error) = answer.await {
                result = result.and(Err(refused(&what, &error)));
            }
        }
        result
    }
}

fn refused(what: &str, error: &wgpu::Error) -> EngineError {
    let message = match error {
        wgpu::Error::OutOfMemory { .. } => {
            "out of GPU memory; close other tabs, or choose the CPU engine".to_owned()
        }
        other => other.to_string(),
    };
    EngineError::Gpu { what: what.to_owned(), message }
}

/// Milliseconds since some moment.
pub(super) fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1e3
}

/// A panic elsewhere cannot leave these values half-written.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
