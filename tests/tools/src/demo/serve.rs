//! The page over HTTP, for this machine alone.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// How long a visitor may take to ask.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves `page` to this machine until the program ends; `told` hears the address.
///
/// # Errors
/// When no port can be had.
pub fn serve(page: &[u8], port: u16, told: impl FnOnce(&str)) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    told(&format!("http://{}", listener.local_addr()?));
    for stream in listener.incoming() {
        // A visitor that leaves is no error of the server.
        let _ = stream.and_then(|stream| answer(stream, page));
    }
    Ok(())
}

fn answer(mut stream: TcpStream, page: &[u8]) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    let mut lines = BufReader::new(&stream);
    lines.read_line(&mut request)?;
    // Closing before the request is read would reset the connection.
    let mut header = String::new();
    while lines.read_line(&mut header)? > 2 {
        header.clear();
    }
    let (status, body) = match request.split(' ').nth(1) {
        Some("/" | "/index.html") => ("200 OK", page),
        _ => ("404 Not Found", &b"There is one page: /\n"[..]),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::sync::mpsc;

    #[test]
    fn the_page_is_served_and_nothing_else() {
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            serve(b"the page", 0, |address| {
                tell.send(address.to_owned()).unwrap()
            })
        });
        let address = told.recv().unwrap();
        let ask = |path: &str| {
            let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        assert!(ask("/").starts_with("HTTP/1.1 200") && ask("/").ends_with("\r\n\r\nthe page"));
        assert!(ask("/../Cargo.toml").starts_with("HTTP/1.1 404"));
    }
}
