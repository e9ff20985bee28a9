//! `cargo xtask demo`: the page on this machine.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use axum::Router;
use axum::http::{HeaderValue, header};
use clap::Args;
use tokio::net::TcpListener;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use xshell::Shell;

use crate::{dist, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Open the page in the default browser
    #[arg(long)]
    open: bool,
    /// The port to serve on; the next free one when it is taken
    #[arg(long, default_value_t = 8000)]
    port: u16,
}

/// Builds the site and serves it until interrupted.
pub(crate) fn run(sh: &Shell, options: &Options) -> Result<()> {
    setup::for_site(sh)?;
    dist::write(sh)?;
    let site = sh.current_dir().join(dist::DIST);
    // A developer who rebuilds and reloads must never see an older module.
    let no_caching =
        SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let app = Router::new().fallback_service(ServeDir::new(site)).layer(no_caching);

    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = listen(options.port).await?;
        let address = format!("http://{}/", listener.local_addr()?);
        println!("\n  Inceptionscope is at {address}  (Ctrl+C ends it)\n");
        if options.open
            && let Err(error) = open::that_detached(&address)
        {
            eprintln!("note: no browser could be opened: {error}");
        }
        axum::serve(listener, app).await.context("the server stopped")
    })
}

/// Listens on the first free port from `first` on. Only this machine can connect.
async fn listen(first: u16) -> Result<TcpListener> {
    for port in first..=u16::MAX {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            bound => return bound.with_context(|| format!("listening on port {port}")),
        }
    }
    anyhow::bail!("every port from {first} on is in use: choose a lower one with --port")
}
