//! How does a CPU run the steps?
