//! A register that survives the crash of a minority, and that only one client writes.
//!
//! **Problem.** A value that one client writes and others read, as if it were in one place, although servers crash.
//! **Assumes** that more than half of the servers stay up; any client may crash. Reliable links, crash-stop; timing does
//! not matter.
//! **Idea.** That of the [replicated register](super::abd_register), with one round trip less for a write: the only writer
//! knows the newest stamp itself, and asks nobody.
//! **Source.** Attiya, Bar-Noy and Dolev, *Sharing memory robustly in message-passing systems*, JACM 42(1), 1995.
//! **Promises** that operations are linearisable, and that each is answered where its client stays up.
//! **Cost.** 2s messages and one round trip for a write, 4s and two for a read, with s servers.
//! **What breaks it.** A second writer: two values get the same stamp. And all that breaks the other one.

use super::abd_register::{AbdClient, AbdServer, SERVER, common, reading, writing};
use crate::catalogue::{Entry, Exploration, Explorer, Role, Share};

/// The role of the only client that writes.
const WRITER: &str = "writer";
/// The role of clients that only read.
const READER: &str = "reader";

/// The entry of the catalogue.
pub fn entry() -> Entry {
    Entry {
        title: "Replicated register with one writer".into(),
        summary: "As the replicated register; only one client writes, and needs a single round trip for that.".into(),
        cost: "2s messages and one round trip for a write, 4s and two for a read, with s servers.".into(),
        source: "Attiya, Bar-Noy and Dolev, Sharing memory robustly in message-passing systems, JACM 1995".into(),
        exploration: Exploration::new(Explorer::Strict, 5).asking(&[(0, "write x"), (1, "read")]),
        ..common(
            "abd-register-one-writer",
            vec![
                Role::new(WRITER, Share::Next(1), |parameters| AbdClient::new(parameters, true))
                    .taking(vec![reading(), writing()]),
                Role::new(READER, Share::Next(1), |parameters| AbdClient::new(parameters, true))
                    .taking(vec![reading()]),
                Role::new(SERVER, Share::Rest, |_| AbdServer),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::tests::on_bench;

    #[test]
    fn the_writer_asks_nobody() {
        let mut bench = on_bench("abd-register-one-writer", &[], None, &["", "", "", "", ""]);
        bench.start_all();
        bench.ask(0, "write x");
        assert_eq!(bench.sent, 3);
        bench.deliver_all();
        assert_eq!((bench.sent, bench.responses(0)), (6, vec![String::new()]));
        bench.ask(1, "read");
        bench.deliver_all();
        assert_eq!((bench.sent, bench.responses(1)), (18, vec!["x".to_owned()]));
    }
}
