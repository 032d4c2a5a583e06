internal import ArgumentParser
internal import ConsentAudit
internal import ConsentModel
internal import Glibc
internal import TransparencyLog

/// `consent evidence verify`: whether a bundle is what it claims to be.
struct EvidenceVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a bundle of evidence offline: records, proofs, signatures, the page and the answers.",
        discussion: """
            No ledger is read. Every record is proven against the bundle's checkpoint, the contact's chain is without a gap, \
            every statement is signed by a key that counted in its place, opened evidence is what was committed to, and the \
            document, the page and the answers are computed again from the records. Without --vkey (or a policy that names \
            the log) and --ledger-id it proves no identity, and says so.

            EXAMPLE
              consent evidence verify ana.zip --vkey "$VKEY" --ledger-id "$LEDGER_ID"
            """)

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var pins: PinOptions

    @Argument(help: ArgumentHelp("The bundle.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("A C2SP policy: its witnesses must have cosigned the checkpoint.", valueName: "file"),
        completion: .file())
    var policy: String?

    func run() throws {
        let known = try pins.pins()
        let policy = try SightingOptions.policy(at: self.policy)
        let report = try EvidenceVerifier(pins: known, policy: policy).verify(FileSource(file))
        let text = EvidenceReportText(report)
        print(ledger.json ? text.json.text : text.sentences)
        if !report.holds { throw ExitStatus.doesNotVerify }
    }
}

/// A file that is read by range.
private final class FileSource: ByteSource {
    let byteCount: UInt64
    private let descriptor: Int32
    private let path: String

    /// Throws `cannotBeRead` or `notPermitted`.
    init(_ path: String) throws(CommandError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandError.reading(path) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CommandError(.cannotBeRead, "\(path) is not a file; name a bundle of evidence")
        }
        byteCount = UInt64(information.st_size)
    }

    deinit { close(descriptor) }

    func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset) + off_t(done))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw CommandError.reading(path) }
            guard got > 0 else {
                throw CommandError(.changedMeanwhile, "\(path) became shorter while it was read; try again")
            }
            done += got
        }
        return bytes
    }
}
