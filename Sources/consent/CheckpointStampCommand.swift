internal import ArgumentParser
internal import ConsentLedger
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// `consent checkpoint stamp`: has a time-stamping authority say that a checkpoint existed.
struct CheckpointStampCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stamp",
        abstract: "Have a kept checkpoint time-stamped (RFC 3161), and keep the stamp beside it.",
        discussion: """
            A time stamp is the word of an authority, outside of this ledger, that a checkpoint existed at a time: what is \
            older than it can no longer be changed, unseen, by anybody.

            The request goes to the authority by COMMAND, which is given it on standard input and writes the answer to standard \
            output; or by hand: --request alone writes it to a file, and --response takes the answer. With --request beside \
            --response the answer must be the one to that request. What is kept has been verified by the certificates in \
            --roots: the authority's root and, where the answer does not bring them, those between. One that does not verify is \
            not kept, and the exit status is 2; a refusal of the authority exits 75.

            EXAMPLE
              consent checkpoint stamp --roots authority.pem --command \
            "curl -sSf -H 'Content-Type: application/timestamp-query' --data-binary @- https://tsa.example/"
              consent checkpoint stamp --request checkpoint.tsq
              consent checkpoint stamp --request checkpoint.tsq --response checkpoint.tsr --roots authority.pem
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var writing: WritingOptions

    @Option(
        help: ArgumentHelp(
            "The size of the kept checkpoint; else the one that the answer is of, or the newest.", valueName: "size"))
    var checkpoint: UInt64?

    @Option(
        help: ArgumentHelp("The command that gets the answer: the request in, the answer out.", valueName: "command"))
    var command: String?

    @Option(
        help: ArgumentHelp(
            "How long the command may take before it is stopped. Default: 2m.", valueName: TimeLength.valueName),
        transform: TimeLength.init(parsing:))
    var timeLimit: TimeLength?

    @Option(
        help: ArgumentHelp(
            "Where to write the request or, with --response, the request that was made.", valueName: "file"),
        completion: .file())
    var request: String?

    @Option(help: ArgumentHelp("The authority's answer.", valueName: "file"), completion: .file())
    var response: String?

    @Option(
        help: ArgumentHelp("Certificates (PEM) of the authorities that you trust.", valueName: "file"),
        completion: .file())
    var roots: String?

    @Option(
        help: ArgumentHelp("The authority's policy that is asked for, as dotted numbers; else any.", valueName: "oid"))
    var tsaPolicy: String?

    func validate() throws {
        guard command == nil || (request == nil && response == nil) else {
            throw ValidationError("--command makes the request and gets the answer; leave --request and --response out")
        }
        guard timeLimit == nil || command != nil else { throw ValidationError("--time-limit is for --command") }
        guard command != nil || request != nil || response != nil else {
            throw ValidationError("say how the answer comes: --command, --response, or --request to write the request")
        }
        guard roots != nil || (command == nil && response == nil) else {
            throw ValidationError("--roots names the certificates that the answer is verified by; it is missing")
        }
        guard roots == nil || command != nil || response != nil else {
            throw ValidationError("--roots is for an answer; a request alone needs none")
        }
    }

    func run() throws {
        let trusted = try roots.map(TimeStampRoots.init(file:))
        guard let trusted else { return try writeRequest() }
        if let response {
            let made = try request.map { try Self.readRequest($0) }
            let policy = tsaPolicy ?? made?.policy
            let bytes = try FileInput.bytes(of: response, most: TimeStampResponse.maximumByteCount)
            let answer = try Self.answer(bytes, from: response)
            // The nonce and the policy are looked at with the signature. A refusal says of what it is one to nobody.
            if let made, let digest = answer.digest, digest != made.digest {
                throw CryptoError(
                    .otherRequest,
                    "\(response) answers another request: it is of other bytes than \(request ?? "") asks about")
            }
            try keep(answer, nonce: made?.nonce, policy: policy, size: checkpoint, trusted)
        } else if let command {
            let (size, asked) = try makeRequest()
            // The ledger is free for others while the authority is asked.
            let bytes = try OtherProgram.output(
                of: command, input: asked.bytes, most: TimeStampResponse.maximumByteCount,
                limit: timeLimit ?? TimeLength(parsing: "2m"))
            try keep(Self.answer(bytes, from: command), nonce: asked.nonce, policy: tsaPolicy, size: size, trusted)
        }
    }

    // MARK: The request

    private func makeRequest() throws -> (size: UInt64, request: TimeStampRequest) {
        let signed = try writing.write(ledger) { try $0.keptCheckpoint(size: checkpoint) }
        guard let bytes = signed.stampedBytes else {
            throw LedgerError(.damaged, "the checkpoint has no signature line of the log's; run consent verify")
        }
        let request = try TimeStampRequest(
            of: SHA256Digest(hashing: bytes), policy: tsaPolicy, random: SystemRandomSource())
        return (signed.checkpoint.size, request)
    }

    private func writeRequest() throws {
        guard let request else { return }
        let file = try OutputFile(request, overwriting: false)
        let (size, made) = try makeRequest()
        try file.write(made.bytes)
        try file.finish()
        let object: JSON = [
            "size": .number(size), "digest": .string(made.digest.description),
            "nonce": .optional(made.nonce.map(Hexadecimal.encode)), "file": .string(request),
        ]
        guard !ledger.json else { return print(object.text) }
        print("\(Terminal.plain(request)): asks for a time stamp of the checkpoint of size \(size).")
        print("Send it to an authority, such as with:")
        print(
            "  curl -sSf -H 'Content-Type: application/timestamp-query' --data-binary @\(Terminal.plain(request)) URL -o answer.tsr"
        )
        print("and keep what it answers:")
        print(
            "  consent checkpoint stamp --request \(Terminal.plain(request)) --response answer.tsr --roots authority.pem"
        )
    }

    private static func readRequest(_ path: String) throws(CommandError) -> TimeStampRequest {
        let bytes = try FileInput.bytes(of: path, most: TimeStampRequest.maximumByteCount)
        do { return try TimeStampRequest(parsing: bytes) } catch { throw CommandError(.badInput, "\(path): \(error)") }
    }

    // MARK: The answer

    private static func answer(_ bytes: [UInt8], from origin: String) throws(CommandError) -> TimeStampResponse {
        do { return try TimeStampResponse(parsing: bytes) } catch {
            throw CommandError(.badInput, "\(origin.shortened()): \(error)")
        }
    }

    private func keep(
        _ answer: TimeStampResponse, nonce: [UInt8]?, policy: String?, size: UInt64?, _ roots: TimeStampRoots
    ) throws {
        let kept = try writing.write(ledger) {
            try $0.keep(answer, ofCheckpoint: size, nonce: nonce, policy: policy, roots: roots)
        }
        let (stamp, size) = (kept.shown, kept.checkpoint.checkpoint.size)
        let time = Timestamp(milliseconds: stamp.latest) ?? .last
        guard !ledger.json else {
            let object = kept.checkpoint.json([
                ("added", .bool(kept.isNew)), ("authority", .string(stamp.authority)),
                ("time", .string(Timestamp(milliseconds: stamp.time)?.description ?? "")),
                ("accuracy-ms", .number(stamp.accuracy)), ("existed", .string(time.description)),
                ("policy", .string(stamp.policy)), ("serial", .string(stamp.serial)),
            ])
            return print(object.text)
        }
        print(
            "The checkpoint of size \(size) is shown to have existed since \(time) by \(Terminal.plain(stamp.authority))."
        )
        print(kept.isNew ? "The time stamp is kept beside it." : "The time stamp was kept beside it before.")
    }
}
