internal import ConsentModel
internal import ConsentRules
internal import LedgerCrypto
internal import TransparencyLog

/// `VERIFY.txt`: how whoever gets a bundle verifies it, with our software or without.
enum EvidenceInstructions {
    /// The file for a bundle.
    static func bytes(for reading: EvidenceReading) -> [UInt8] {
        let checkpoint = reading.contents.checkpoint
        let tree = checkpoint.checkpoint
        let index = reading.own.first?.record.index ?? 0
        let keys = String(decoding: reading.contents.keys, as: UTF8.self)
            .split(separator: "\n").map { "    \(VisibleText.of(String($0)))" }.joined(separator: "\n")
        let text = """
            How to verify this bundle of evidence
            =====================================

            evidence.html is for people. It is made from evidence.json, which is made from the records beside it, each of
            which is proven to be in the log that the file “checkpoint” signs. Verifying finds a page that was doctored.

            What must be known from elsewhere
            ---------------------------------
            Everything in this file could be false as a whole. So ask the business, its auditor, or a witness of the log,
            by another way than this file, for these three, and compare:

                origin      \(VisibleText.of(tree.origin))
                ledger-id   \(reading.replay.catalog.ledgerID?.description ?? "unknown")
                log's keys, of which one must be the pinned one (VKEY below):
            \(keys)

            1. With the program consent
            ---------------------------
                consent evidence verify FILE.zip --vkey 'VKEY' --ledger-id LEDGER_ID

            It exits with 0 if everything holds, and else names each file and record that does not.

            2. With verify.py, which others wrote from the specification
            ------------------------------------------------------------
            It needs Python 3 and nothing else. Take it from the project rather than from this bundle if you can: a forger
            could have changed the one in here.

                python3 verify.py FILE.zip --vkey 'VKEY' --ledger-id LEDGER_ID

            3. By hand, and with any transparency-log software
            --------------------------------------------------
                unzip FILE.zip -d bundle && cd bundle && sha256sum -c SHA256SUMS

            says that the files are those that were put in. Then, for each record, here \(index):

            - records/\(index) is the record itself, in CBOR. Its leaf hash (RFC 6962) is

                  { printf '\\0'; cat records/\(index); } | sha256sum

              and is also on the page.
            - proofs/\(index).tlog-proof is a C2SP tlog-proof (https://c2sp.org/tlog-proof): the line “extra” is the record in
              base64, the lines after “index” are the audit path, and the checkpoint follows. Any software for C2SP
              tlog-proof says whether the path leads from the leaf hash to the checkpoint's root, under the log's vkey. Or:
                  consent verify-proof proofs/\(index).tlog-proof --vkey 'VKEY' --ledger-id LEDGER_ID
            - checkpoint is a signed note (https://c2sp.org/signed-note): its first three lines are origin, size and root,
              and the line after the empty one is the log's Ed25519 signature over them. Others' lines are cosignatures
              (https://c2sp.org/tlog-cosignature).
            - private/\(index).json, if there is one, opens what the record only commits to: SPEC.md of the project, “Commitments”,
              has the hashes.
            - objects/ has the words that the person was shown and the rules that were adopted, each named by its SHA-256:
              sha256sum objects/* shows the same as their names.

            SPEC.md of the project, “Evidence bundles”, has every detail; one can write a verifier from it alone.

            """
        return Array(text.utf8)
    }

    /// `SHA256SUMS`: the file that `sha256sum -c` reads, of all files but itself.
    static func sums(of files: [(name: String, digest: SHA256Digest)]) -> [UInt8] {
        files.flatMap { Array("\($0.digest)  \($0.name)\n".utf8) }
    }
}
