internal import ConsentModel
internal import LedgerCrypto
public import LedgerStorage
internal import TransparencyLog

/// Where a ledger is: its storage, and its two SQLite databases.
public struct LedgerLocation: Sendable {
    let storage: any LedgerStorage
    let databases: DatabaseLocation
    /// What opens key files that are protected; `nil` where there is nobody to ask, and then what needs one throws
    /// `noPassphrase`.
    public var passphrase: Passphrase?

    /// The directory, where it is in one.
    var directory: String? {
        if case .directory(let path) = databases { path } else { nil }
    }

    /// The keys of the ledger.
    var keyFiles: KeyFiles { KeyFiles(storage: storage, passphrase: passphrase, directory: directory) }

    /// A ledger on that storage.
    public init(storage: any LedgerStorage, databases: DatabaseLocation) {
        self.storage = storage
        self.databases = databases
    }

    /// The ledger in a directory that exists; throws `noLedger` if it does not.
    public init(directory: String) throws {
        guard let storage = try? DirectoryStorage(root: directory) else {
            throw LedgerIdentity.noLedger(at: directory)
        }
        self.init(storage: storage, databases: .directory(directory))
    }

    /// A directory for a new ledger, made if it is missing.
    public init(creatingDirectory directory: String) throws {
        self.init(storage: try DirectoryStorage(root: directory, creating: true), databases: .directory(directory))
    }
}

/// What an auditor pins (DESIGN §9), and what tells one ledger from another.
public struct LedgerIdentity: Hashable, Sendable {
    /// The log's origin, a schema-less URL.
    public let origin: String
    /// The leaf hash of entry 0, 32 bytes.
    public let ledgerID: [UInt8]

    private static let formatFamily = "consent-ledger/"
    private static let formatName = formatFamily + "1"

    /// The file that completes a ledger: format, origin and ledger-id, a line each.
    var marker: [UInt8] { Array("\(Self.formatName)\n\(origin)\n\(Hexadecimal.encode(ledgerID))\n".utf8) }

    static func noLedger(at directory: String?) -> LedgerError {
        LedgerError(
            .noLedger,
            directory.map { "there is no ledger at \($0); make one with: consent init --ledger \($0)" }
                ?? "there is no ledger here; make one with: consent init")
    }

    init(origin: String, ledgerID: [UInt8]) {
        self.origin = origin
        self.ledgerID = ledgerID
    }

    /// Reads the marker of the ledger at `location`; throws `noLedger`, `incomplete` or `laterVersion`.
    init(of location: LedgerLocation) throws {
        guard let bytes = try location.storage.read(LedgerPaths.marker) else {
            if try location.storage.list("private").isEmpty {
                throw Self.noLedger(at: location.directory)
            }
            throw LedgerError(
                .incomplete, "the ledger was not made completely; remove its directory and run consent init again")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard let format = lines.first, format.hasPrefix(Self.formatFamily) else {
            throw LedgerError(
                .incomplete, "private/ledger is not the marker of a ledger; restore it from its backup")
        }
        guard format == Self.formatName else {
            throw LedgerError(
                .laterVersion,
                "the ledger has the format “\(format.prefix(40))”, and this version knows \(Self.formatName); "
                    + "update this software")
        }
        guard lines.count == 4, lines[3].isEmpty, let id = Hexadecimal.decode(lines[2]), id.count == 32 else {
            throw LedgerError(
                .incomplete, "private/ledger does not name origin and ledger-id; restore it from its backup")
        }
        self.init(origin: String(lines[1]), ledgerID: id)
    }

    var ledgerDigest: SHA256Digest { SHA256Digest(ledgerID)! }
}
