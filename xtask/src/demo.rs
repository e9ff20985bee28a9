//! `cargo xtask demo`: serves the page to this machine, or to the local network.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use anyhow::{Context, Result};
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use xshell::Shell;

use crate::{dist, setup, weights};

#[derive(Args)]
pub(crate) struct Options {
    /// Open the page in the default browser
    #[arg(long)]
    open: bool,
    /// Let other machines on the network connect, over https, which WebGPU and storage require
    #[arg(long)]
    lan: bool,
    /// The port to serve on; the next free one if it is in use
    #[arg(long, default_value_t = 8000)]
    port: u16,
}

/// Builds the site and serves it until interrupted.
pub(crate) fn run(sh: &Shell, options: &Options) -> Result<()> {
    setup::for_site(sh)?;
    weights::fetch_start(sh);
    dist::write(sh)?;
    let site = sh.current_dir().join(dist::DIST);
    // A developer who rebuilds and reloads must never see an older module.
    let no_caching =
        SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let mut app = Router::new().fallback_service(ServeDir::new(site)).layer(no_caching);
    // Pages that are isolated may have threads. Other hosts leave it to the service worker.
    for (name, value) in
        [("cross-origin-opener-policy", "same-origin"), ("cross-origin-embedder-policy", "require-corp")]
    {
        let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
        app = app.layer(SetResponseHeaderLayer::overriding(name, value));
    }
    let app = app.into_make_service();

    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = listen(options)?;
        let port = listener.local_addr()?.port();
        let address = if options.lan {
            format!("https://{}:{port}/", own_address()?)
        } else {
            format!("http://{}/", listener.local_addr()?)
        };
        println!("\n  Inceptionscope is at {address}  (Ctrl+C ends it)\n");
        if options.lan {
            println!("  Browsers warn once, because the certificate is self-signed: choose to continue.\n");
        }
        if options.open
            && let Err(error) = open::that_detached(&address)
        {
            eprintln!("note: no browser could be opened: {error}");
        }
        let served = if options.lan {
            axum_server::from_tcp_rustls(listener, certificate().await?)?.serve(app).await
        } else {
            axum_server::from_tcp(listener)?.serve(app).await
        };
        served.context("the server stopped")
    })
}

/// Listens on the first free port from the given one on; only this machine can connect unless others shall.
fn listen(options: &Options) -> Result<TcpListener> {
    let first = options.port;
    let host = if options.lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
    for port in first..=u16::MAX {
        match TcpListener::bind((host, port)) {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            bound => return bound.with_context(|| format!("listening on port {port}")),
        }
    }
    anyhow::bail!("every port from {first} on is in use: choose a lower one with --port")
}

/// This machine's address in its network: the one from which it would send. Nothing is sent.
fn own_address() -> Result<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // An address for documentation (RFC 5737): any that is not of this machine will do.
    let connected = socket.connect(SocketAddr::from(([192, 0, 2, 1], 9)));
    Ok(connected.and_then(|()| socket.local_addr()).map_or(Ipv4Addr::LOCALHOST.into(), |own| own.ip()))
}

/// A certificate that this machine makes for itself, valid as long as the program runs.
async fn certificate() -> Result<RustlsConfig> {
    let names = ["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string(), own_address()?.to_string()];
    let made = rcgen::generate_simple_self_signed(names).context("making a certificate")?;
    let (certificate, key) = (made.cert.der().to_vec(), made.signing_key.serialize_der());
    Ok(RustlsConfig::from_der(vec![certificate], key).await?)
}
