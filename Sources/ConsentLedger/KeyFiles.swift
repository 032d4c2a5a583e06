internal import LedgerCrypto
internal import LedgerStorage

/// Reads and writes the key files under `private/keys`: one line each (SPEC.md, “Private state”), mode 0600, under a
/// passphrase or not.
struct KeyFiles: Sendable {
    static let ending = ".key"

    let storage: any LedgerStorage
    /// Opens those that are protected; `nil` where there is nobody to ask.
    var passphrase: Passphrase?
    /// The ledger's directory as it was named, for messages.
    var directory: String?

    static func sourceName(_ source: String) -> String { "source-" + source }

    /// What is in a key file.
    enum Content {
        case open(SecretKeyFile)
        case protected(ProtectedKeyFile)
    }

    func create(_ name: String, _ secret: SecretBytes, like other: Content? = nil, random: any RandomSource) throws {
        var bytes = try bytes(of: SecretKeyFile(name: name, secret: secret), like: other, random: random)
        defer { SecretBytes.wipe(&bytes) }
        try storage.create([(path(name), bytes)])
    }

    /// The file of a key, protected as `other` is.
    func bytes(of file: SecretKeyFile, like other: Content?, random: any RandomSource) throws -> [UInt8] {
        guard case .protected(let other)? = other else { return file.bytes }
        return try protected(file, by: other.parameters, random: random)
    }

    /// The file of a key, under the passphrase.
    func protected(
        _ file: SecretKeyFile, by parameters: PassphraseParameters, random: any RandomSource
    ) throws -> [UInt8] {
        let key = try wrappingKey(parameters, for: file.name)
        return try ProtectedKeyFile(sealing: file, by: key, parameters, random: random).bytes
    }

    func read(_ name: String) throws -> SecretBytes {
        if let secret = try readIfWhole(name) { return secret }
        guard try exists(name) else { throw Self.missing(name) }
        throw isNoKeyFile(name)
    }

    /// Says which key is not here, what it is needed for, and who has it.
    static func missing(_ name: String) -> LedgerError {
        let use = KeyPurpose(rawValue: name).map { ", which \($0.use)" } ?? ""
        let roles = KeyRole.names(having: name)
        return LedgerError(
            .missingKey,
            "this needs the key \(name)\(use), and private/keys/\(name).key is not here"
                + (roles.isEmpty ? "" : "; \(roles) it") + ". If it was lost, restore it from its backup")
    }

    /// The key of that name; `nil` where there is none, or what is there is no key file. Throws `exposedKey` where others
    /// can read it, and what opening it throws.
    func readIfWhole(_ name: String) throws -> SecretBytes? {
        switch try content(name) {
        case nil: nil
        case .open(let file): file.secret
        case .protected(let file): try open(file).secret
        }
    }

    /// What is in the file of that name; `nil` as for `readIfWhole`.
    func content(_ name: String) throws -> Content? {
        try refuseExposed(name)
        guard var bytes = try storage.read(path(name)) else { return nil }
        defer { SecretBytes.wipe(&bytes) }
        if let file = SecretKeyFile(parsing: bytes), file.name == name { return .open(file) }
        if let file = ProtectedKeyFile(parsing: bytes), file.name == name { return .protected(file) }
        return nil
    }

    /// Opens a protected key; throws `noPassphrase` or `badPassphrase`.
    func open(_ file: ProtectedKeyFile) throws -> SecretKeyFile {
        do { return try file.open(by: wrappingKey(file.parameters, for: file.name)) } catch let error as CryptoError
            where error.code == .doesNotOpen
        {
            throw LedgerError(
                .badPassphrase,
                "the passphrase does not open \(shownPath(file.name)); type it again, or restore the file if it was altered"
            )
        }
    }

    private func wrappingKey(_ parameters: PassphraseParameters, for name: String) throws -> SecretBytes {
        guard let passphrase else {
            throw LedgerError(
                .noPassphrase, "\(shownPath(name)) is under a passphrase, and nobody is here to ask for it")
        }
        return try passphrase.key(parameters, for: shownPath(name))
    }

    private func refuseExposed(_ name: String) throws {
        try refuseOpenFolder()
        guard let access = try storage.access(to: path(name)), !access.isPrivate else { return }
        let file = shownPath(name)
        throw LedgerError(
            .exposedKey,
            access.isOwn
                ? "others than its owner can use \(file) (mode \(String(access.mode, radix: 8))); if it is still a secret, type: "
                    + "chmod 600 \(shownPath("*"))"
                : "\(file) belongs to another user; run as that user, or type: sudo chown $(id -u) \(file)")
    }

    /// Throws `exposedKey` where others can put files of theirs in the place of keys: there, or a folder of theirs in the place
    /// of that one.
    private func refuseOpenFolder() throws {
        for path in [LedgerPaths.keys, LedgerPaths.privateState] {
            guard let access = try storage.access(to: path), access.mode & 0o022 != 0 else { continue }
            let folder = (directory.map { $0 + "/" } ?? "") + path.description
            throw LedgerError(
                .exposedKey,
                "others than its owner can replace what is in \(folder) (mode \(String(access.mode, radix: 8))); if the keys in "
                    + "it are still the right ones, type: chmod 700 \(folder)")
        }
    }

    func exists(_ name: String) throws -> Bool { try storage.size(of: path(name)) != nil }

    func signingKey(_ name: String) throws -> Ed25519PrivateKey { try Ed25519PrivateKey(seed: read(name)) }

    func path(_ name: String) throws -> StoragePath { try LedgerPaths.keys.appending(name + Self.ending) }

    /// The file as messages name it.
    func shownPath(_ name: String) -> String {
        (directory.map { $0 + "/" } ?? "") + "private/keys/\(name)\(Self.ending)"
    }

    /// The names of the keys that are here, in ascending order.
    func names() throws -> [String] {
        try storage.list(LedgerPaths.keys).filter { $0.hasSuffix(Self.ending) }.map {
            String($0.dropLast(Self.ending.count))
        }
    }
}
