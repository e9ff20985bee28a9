//! How good is it? Several crops of a photo, several networks, and folders of photos whose classes are known.
//!
//! Photos come one at a time and are not kept, so memory does not grow with their number.

mod crops;
mod error;
mod score;

pub use crops::{MOST_AT_A_TIME, MultiCrop, average};
pub use error::EvaluateError;
pub use score::{Evaluation, Judged, Score, class_of_folder};
