//! A proxy of bytes whose connections can go silent, as those that Lambda has kept while a function was frozen. New
//! connections work.

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

pub struct SilentConnections {
    pub url: String,
    silenced: watch::Sender<()>,
}

impl SilentConnections {
    /// A proxy in front of the server with this URL.
    pub async fn start(server: &str) -> Self {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (silenced, is_silenced) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (server, mut is_silenced) = (server.clone(), is_silenced.clone());
                is_silenced.mark_unchanged();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        // The sockets stay open, and nothing is read or written any more.
                        _ = is_silenced.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { url, silenced }
    }

    /// Silences the connections that are open now.
    pub fn silence(&self) {
        self.silenced.send_replace(());
    }
}
