//! From a weight file to a [`Run`], while the file arrives.

use super::choose::start;
use super::which::{graph, graph_of};
use super::{Choice, Chosen, Run, RunError};
use crate::engine::EngineError;
use crate::error::{Coded, Fact, Facts};
use crate::net::{Graph, GraphError};
use crate::weights::safetensors::Stream;
use crate::weights::{
    self, About, Head, Kind, Loader, MAX_WHOLE, Tensor, TensorInfo, Warning, Watch, WeightsError,
};

/// What to open. Fields that are `None` are taken from the file, then from the defaults.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// `googlenet`, or `googlenet:published`.
    pub model: Option<String>,
    /// Another graph of the same paper.
    pub variant: Option<String>,
    /// What the weights imply.
    pub profile: Option<String>,
    /// What the catalogue says that they imply; the file's own word comes first.
    pub listed_profile: Option<String>,
    /// Rows and columns of the input; the network's own if none.
    pub size: Option<usize>,
    /// Take the moving average (EMA) from a training checkpoint, not the weights themselves.
    pub ema: bool,
    /// Which engine.
    pub engine: Choice,
    /// Compute every convolution as it is defined, also where the CPU engine would be faster otherwise.
    pub direct: bool,
    /// Record every node.
    pub every_op: bool,
}

/// Why a network cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The weight file.
    #[error("{file}: {source}")]
    Weights {
        /// Its name or address.
        file: String,
        /// What is wrong with it.
        source: Box<WeightsError>,
    },
    /// The file does not say what it is, and fits no network.
    #[error("{file}: its tensors fit no known network; choose a network to see what is missing")]
    Unknown {
        /// Its name or address.
        file: String,
    },
    /// The network.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Preparing it.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Coded for OpenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Weights { source, .. } => source.code(),
            Self::Unknown { .. } => "weights.unknown",
            Self::Graph(e) => e.code(),
            Self::Engine(e) => e.code(),
            Self::Run(e) => e.code(),
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Self::Weights { file, source } => {
                let damaged = ("damaged", Fact::Flag(self.is_damage()));
                [vec![("file", file.into()), damaged], source.facts()].concat()
            }
            Self::Unknown { file } => vec![("file", file.into())],
            Self::Graph(e) => e.facts(),
            Self::Engine(e) => e.facts(),
            Self::Run(e) => e.facts(),
        }
    }
}

impl OpenError {
    /// Whether the weight file is damaged: another copy of it may be fine. What is no weight file at all may be what a
    /// portal or a proxy sent in place of it.
    pub fn is_damage(&self) -> bool {
        use WeightsError::{CutOff, Damaged, Format, Header, HeaderSize, Tensor, TooLong, Truncated};
        let Self::Weights { source, .. } = self else { return false };
        matches!(
            **source,
            CutOff(_)
                | Damaged { .. }
                | Format(_)
                | Header(_)
                | HeaderSize { .. }
                | Tensor { .. }
                | TooLong { .. }
                | Truncated { .. }
        )
    }
}

/// A network whose weights are arriving.
#[derive(Debug)]
pub struct Opening {
    spec: Spec,
    file: String,
    bytes: Bytes,
    trusted: bool,
    begun: Option<Begun>,
}

/// What has arrived.
#[derive(Debug)]
enum Bytes {
    /// Too little to tell the format.
    Start(Vec<u8>),
    /// safetensors: read as it comes.
    Stream(Box<Stream>),
    /// Another format, of that name: read once it is whole.
    Whole(&'static str, Vec<u8>),
}

#[derive(Debug)]
struct Begun {
    run: Run,
    loader: Loader,
    about: About,
    chosen: Chosen,
    watch: Watch,
    warnings: Vec<Warning>,
}

/// Part of a weight file, from where the one before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The module whose weights they are (an index into [`Graph::modules`]); `None` if they belong to none.
    pub module: Option<usize>,
    /// Position in the file.
    pub end: u64,
}

/// An opened network.
#[derive(Debug)]
pub struct Opened {
    /// Ready to run.
    pub run: Run,
    /// What the file says about itself.
    pub about: About,
    /// Which engine was chosen, and why.
    pub chosen: Chosen,
    /// Tensors of the file that the network does not need.
    pub extra: Vec<String>,
    /// Warnings about the weights.
    pub warnings: Vec<Warning>,
}

impl Opened {
    /// Untrained weights by the recipe; see [`crate::weights::recipe`].
    ///
    /// # Errors
    /// [`OpenError`] if the network does not exist, or the engine or the plan fails.
    pub async fn synthetic(spec: &Spec, seed: u64) -> Result<Self, OpenError> {
        let graph = graph(spec, &About::default(), Head::default())?;
        let (run, chosen) = start(graph, spec).await?;
        run.network().synthetic(seed)?;
        let about = About { provenance: Some(format!("untrained weights, seed {seed}")), ..About::default() };
        Ok(Self { run, about, chosen, extra: Vec::new(), warnings: Vec::new() })
    }

    /// The same network with another run on it, which has no picture and no changes.
    ///
    /// # Errors
    /// Those of [`Network::run`].
    pub async fn fork(&self) -> Result<Self, RunError> {
        let Self { run, about, chosen, extra, warnings } = self;
        let (about, chosen, extra, warnings) =
            (about.clone(), chosen.clone(), extra.clone(), warnings.clone());
        Ok(Self { run: run.fork().await?, about, chosen, extra, warnings })
    }

    /// See [`About::class_name`].
    pub fn class_name(&self, class: usize) -> String {
        self.about.class_name(class)
    }

    /// The names of all classes, in order.
    pub fn class_names(&self) -> Vec<String> {
        self.about.class_names(self.run.graph().classes())
    }
}

impl Opening {
    /// Nothing has arrived yet. `file` is used in messages.
    pub fn new(spec: Spec, file: &str) -> Self {
        Self { spec, file: file.to_owned(), bytes: Bytes::Start(Vec::new()), trusted: false, begun: None }
    }

    /// Whether the bytes that follow are known to be undamaged; see [`Stream::trust`].
    pub fn trust(&mut self, trusted: bool) {
        self.trusted = trusted;
    }

    /// Takes the next bytes of a weight file. Of a safetensors file the network is known after the
    /// header, and tensors go to the engine as they come; other formats are read in [`Opening::finish`].
    ///
    /// # Errors
    /// [`OpenError`] if the file is not supported, damaged or of another network, or the engine fails.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), OpenError> {
        match &mut self.bytes {
            Bytes::Start(start) => {
                start.extend_from_slice(bytes);
                if start.len() >= weights::START {
                    let start = std::mem::take(start);
                    match weights::kind(&start) {
                        Kind::Stream => {
                            self.bytes = Bytes::Stream(Box::new(Stream::new()));
                            return self.stream(&start).await;
                        }
                        Kind::Whole(format) => self.bytes = Bytes::Whole(format, start),
                        Kind::Foreign(what) => return Err(self.weights(WeightsError::Format(what))),
                    }
                }
                Ok(())
            }
            Bytes::Stream(_) => self.stream(bytes).await,
            Bytes::Whole(format, file) => {
                if file.len() + bytes.len() > MAX_WHOLE || file.try_reserve(bytes.len()).is_err() {
                    let error = WeightsError::TooLarge { format, limit: MAX_WHOLE as u64 };
                    return Err(self.weights(error));
                }
                file.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    async fn stream(&mut self, mut bytes: &[u8]) -> Result<(), OpenError> {
        let Bytes::Stream(stream) = &mut self.bytes else { return Ok(()) };
        stream.trust(self.trusted);
        let file = |source| OpenError::Weights { file: self.file.clone(), source: Box::new(source) };
        if self.begun.is_none() {
            if !stream.read_header(&mut bytes).map_err(file)? {
                return Ok(());
            }
            let header = stream.header();
            let infos = header.map_or_else(Vec::new, |header| header.tensors.clone());
            let about = header.map(|header| About::from_metadata(&header.metadata));
            let (about, warnings) = about.unwrap_or_default();
            self.begin(&infos, about, warnings).await?;
        }
        let (Bytes::Stream(stream), Some(begun)) = (&mut self.bytes, &mut self.begun) else { return Ok(()) };
        let file = |source| OpenError::Weights { file: self.file.clone(), source: Box::new(source) };
        while let Some(piece) = stream.next(&mut bytes).map_err(file)? {
            if let Some(place) = begun.loader.place(&piece.tensor.name) {
                begun.watch.see(piece.tensor, piece.first, piece.values);
                begun.run.network().put(place, piece.first, piece.values, piece.last)?;
            }
        }
        Ok(())
    }

    /// The network, once the header has come: pictures can be run while weights arrive.
    pub fn run(&mut self) -> Option<&mut Run> {
        self.begun.as_mut().map(|begun| &mut begun.run)
    }

    /// The network, once the header has come.
    pub fn graph(&self) -> Option<&Graph> {
        self.begun.as_ref().map(|begun| begun.run.graph())
    }

    /// What the file says about itself, and which engine was chosen, once the header has come.
    pub fn about(&self) -> Option<(&About, &Chosen)> {
        self.begun.as_ref().map(|begun| (&begun.about, &begun.chosen))
    }

    /// Warnings about the weights that have arrived.
    pub fn warnings(&self) -> Vec<Warning> {
        let begun = self.begun.as_ref();
        begun.map_or_else(Vec::new, |begun| {
            begun.warnings.iter().cloned().chain(begun.watch.warning()).collect()
        })
    }

    /// See [`Opening::about`], to be added to: names of classes.
    pub fn about_mut(&mut self) -> Option<&mut About> {
        self.begun.as_mut().map(|begun| &mut begun.about)
    }

    /// Length of the whole file, once the header has come.
    pub fn total_bytes(&self) -> Option<u64> {
        match &self.bytes {
            Bytes::Stream(stream) => stream.header().map(|header| header.total_bytes),
            Bytes::Start(_) | Bytes::Whole(..) => None,
        }
    }

    /// Which module each part of the file is for, in file order, once the header has come. The first part
    /// is the header.
    pub fn extents(&self) -> Vec<Extent> {
        let (Bytes::Stream(stream), Some(begun)) = (&self.bytes, &self.begun) else { return Vec::new() };
        let Some(header) = stream.header() else { return Vec::new() };
        let mut extents = vec![Extent { module: None, end: header.start }];
        for (tensor, end) in header.tensors.iter().zip(&header.ends) {
            let place = begun.loader.place(&tensor.name);
            let module = place.map(|place| begun.run.graph().node(place.node).module);
            match extents.last_mut() {
                Some(last) if last.module == module => last.end = *end,
                _ => extents.push(Extent { module, end: *end }),
            }
        }
        extents
    }

    /// The file has ended.
    ///
    /// # Errors
    /// Those of [`Opening::push`], and if the end of the file is missing.
    pub async fn finish(mut self) -> Result<Opened, OpenError> {
        match std::mem::replace(&mut self.bytes, Bytes::Start(Vec::new())) {
            Bytes::Stream(stream) => stream.finish().map_err(|source| self.weights(source))?,
            Bytes::Start(bytes) | Bytes::Whole(_, bytes) => {
                let file =
                    weights::read_with(&bytes, self.spec.ema).map_err(|source| self.weights(source))?;
                // The tensors are copies: from here on they go to the engine one by one.
                drop(bytes);
                let infos = infos(&file.tensors);
                self.begin(&infos, file.about, file.warnings).await?;
                for ((name, tensor), info) in file.tensors.into_iter().zip(&infos) {
                    if let Some(begun) = &mut self.begun
                        && let Some(place) = begun.loader.place(&name)
                    {
                        begun.watch.see(info, 0, &tensor.data);
                        begun.run.network().set_tensor(place, &tensor)?;
                    }
                }
            }
        }
        let Some(Begun { run, loader, about, chosen, watch, mut warnings }) = self.begun else {
            return Err(OpenError::Unknown { file: self.file });
        };
        run.network().weights_complete();
        warnings.extend(watch.warning());
        Ok(Opened { run, about, chosen, extra: loader.extra, warnings })
    }

    async fn begin(
        &mut self,
        tensors: &[TensorInfo],
        mut about: About,
        mut warnings: Vec<Warning>,
    ) -> Result<(), OpenError> {
        let graph = graph_of(&self.spec, &about, tensors, &self.file)?;
        let loader = Loader::new(&graph, tensors).map_err(|source| self.weights(source))?;
        warnings.extend(about.adapt(&graph));
        warnings.extend(loader.warnings.iter().cloned());
        let (run, chosen) = start(graph, &self.spec).await?;
        for (place, tensor) in &loader.defaults {
            run.network().set_tensor(*place, tensor)?;
        }
        self.begun = Some(Begun { run, loader, about, chosen, watch: Watch::default(), warnings });
        Ok(())
    }

    fn weights(&self, source: WeightsError) -> OpenError {
        OpenError::Weights { file: self.file.clone(), source: Box::new(source) }
    }
}

/// Names and shapes of tensors.
pub fn infos(tensors: &[(String, Tensor)]) -> Vec<TensorInfo> {
    tensors
        .iter()
        .map(|(name, tensor)| TensorInfo { name: name.clone(), shape: tensor.shape.clone() })
        .collect()
}
