//! How does a GPU run the steps?
