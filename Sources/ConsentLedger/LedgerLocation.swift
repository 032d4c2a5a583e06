internal import ConsentModel
internal import LedgerCrypto
public import LedgerStorage
internal import TransparencyLog

/// Where a ledger is: its storage, and its two SQLite databases.
public struct LedgerLocation: Sendable {
    let storage: any LedgerStorage
    let databases: DatabaseLocation

    /// A ledger on that storage.
    public init(storage: any LedgerStorage, databases: DatabaseLocation) {
        self.storage = storage
        self.databases = databases
    }

    /// The ledger in a directory that exists; throws `noLedger` if it does not.
    public init(directory: String) throws {
        guard let storage = try? DirectoryStorage(root: directory) else {
            throw LedgerError(
                .noLedger, "there is no ledger at \(directory); make one with: consent init --ledger \(directory)")
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

    private static let formatName = "consent-ledger/1"

    /// The file that completes a ledger: format, origin and ledger-id, a line each.
    var marker: [UInt8] { Array("\(Self.formatName)\n\(origin)\n\(Hexadecimal.encode(ledgerID))\n".utf8) }

    init(origin: String, ledgerID: [UInt8]) {
        self.origin = origin
        self.ledgerID = ledgerID
    }

    /// Reads the marker of the ledger at `location`; throws `noLedger`, `incomplete` or `laterVersion`.
    init(of location: LedgerLocation) throws {
        guard let bytes = try location.storage.read(LedgerPaths.marker) else {
            if try location.storage.list("private").isEmpty {
                throw LedgerError(.noLedger, "there is no ledger here; make one with: consent init")
            }
            throw LedgerError(
                .incomplete, "the ledger was not made completely; remove its directory and run consent init again")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == Self.formatName else {
            throw LedgerError(
                .laterVersion,
                "the ledger has the format “\(lines.first ?? "")”, and this version knows \(Self.formatName)")
        }
        guard lines.count == 4, lines[3].isEmpty, let id = Hexadecimal.decode(lines[2]), id.count == 32 else {
            throw LedgerError(
                .incomplete, "private/ledger does not name origin and ledger-id; restore it from its backup")
        }
        self.init(origin: String(lines[1]), ledgerID: id)
    }

    var ledgerDigest: SHA256Digest { SHA256Digest(ledgerID)! }
}
