public import LedgerCrypto
public import LedgerStorage

/// A key file of a ledger, as its keeper sees it; nothing of the key itself.
public struct HeldKey: Sendable {
    /// The key's name: the file's without its ending.
    public let name: String
    /// What it does, as the end of a sentence; `nil` for a file that this version knows no use for.
    public let use: String?
    /// Whether reading it takes a passphrase; `nil` if it is no key file.
    public let isProtected: Bool?
    /// Who may use the file; `nil` where the storage knows no users.
    public let access: FileAccess?
    /// The roles that it goes with.
    public let roles: [KeyRole]
}

/// Keeping the key files: which there are, whether a passphrase protects them, and what a role is given. No key is told.
extension LedgerLocation {
    /// The key files that are here, in the order of their names.
    public func heldKeys() throws -> [HeldKey] {
        let files = keyFiles
        return try files.names().map { name in
            let purpose = KeyPurpose.allCases.first { $0.rawValue == name || $0.nextName == name }
            return HeldKey(
                name: name, use: purpose?.use ?? KeyFiles.source(of: name).map { "signs what the source \($0) states" },
                isProtected: try files.isProtected(name), access: try storage.access(to: files.path(name)),
                roles: KeyRole.allCases.filter { $0.has(name) })
        }
    }

    /// Whether there is a file of a key with which the ledger signs for that source; it is not opened.
    public func holdsKey(ofSource source: String) throws -> Bool {
        let first = KeyFiles.sourceName(source)
        return try keyFiles.names().contains { $0 == first || $0.hasPrefix(first + ".") }
    }

    /// The roles for which every key is here, and those that are not here for each of the others.
    public func roles() throws -> [(role: KeyRole, missing: [String])] {
        let names = Set(try keyFiles.names())
        return KeyRole.allCases.map { role in
            var missing = role.purposes.map(\.rawValue)
            if role.sourceKeys != .none { missing.append(KeyFiles.sourceName(EventDraft.usualSource)) }
            return (role, missing.filter { !names.contains($0) })
        }
    }

    /// The key files that a role is given, with the names of the files, as they are: those that are protected stay so.
    /// Throws `missingKey` where one is not here, and `locked` while keys are being replaced or another program writes.
    public func keyFiles(for role: KeyRole) throws -> [(fileName: String, bytes: [UInt8])] {
        _ = try LedgerIdentity(of: self)
        // Nobody replaces one of them between two that are read.
        let lock = try storage.lock(LedgerPaths.lock)
        defer { lock.release() }
        let files = keyFiles
        try files.refuseHalfReplaced()
        if let (_, missing) = try roles().first(where: { $0.role == role }), let first = missing.first {
            throw KeyFiles.missing(first)
        }
        return try files.names().filter(role.has).map { name in
            guard try files.content(name) != nil, let bytes = try storage.read(files.path(name)) else {
                throw files.isNoKeyFile(name)
            }
            return (name + KeyFiles.ending, bytes)
        }
    }

    /// Puts keys under the passphrase; all of them without names. Those that are protected stay as they are, and go by the
    /// same passphrase: throws `badPassphrase` unless it opens them. Returns the names of those that were protected now.
    ///
    /// Each file is replaced as a whole, and what it was is then overwritten. `parameters` are those of the first; by default
    /// libsodium's MODERATE. Throws `missingKey` for a name that is not here, `unwritableKey` for a file that cannot be
    /// replaced, and `locked` while another program writes.
    public func protectKeys(
        _ names: [String]? = nil, parameters: PassphraseParameters? = nil,
        random: any RandomSource = SystemRandomSource()
    ) throws -> [String] {
        try replacingKeyFiles(names) { files, name, content in
            let file: SecretKeyFile
            switch content {
            case .open(let open): file = open
            case .protected(let other):
                _ = try files.open(other)
                return nil
            }
            let first = try files.firstProtected()
            if let first { _ = try files.open(first) }
            return try files.protected(
                file, by: first?.parameters ?? parameters ?? .moderate(random: random), random: random)
        }
    }

    /// Takes keys out from under the passphrase; all of them without names. Returns the names of those that were protected.
    /// Throws as `protectKeys` does.
    public func unprotectKeys(_ names: [String]? = nil) throws -> [String] {
        try replacingKeyFiles(names) { files, _, content in
            guard case .protected(let file) = content else { return nil }
            return try files.open(file).bytes
        }
    }

    /// Calls `body` with each of the files, and puts what it gives in its place. Nobody else writes meanwhile.
    private func replacingKeyFiles(
        _ names: [String]?, _ body: (KeyFiles, String, KeyFiles.Content) throws -> [UInt8]?
    ) throws -> [String] {
        _ = try LedgerIdentity(of: self)
        let lock = try storage.lock(LedgerPaths.lock)
        defer { lock.release() }
        let files = keyFiles
        try files.refuseHalfReplaced()
        // All are looked at before any is changed.
        let held = try files.names()
        let contents = try (names ?? held).map { name in
            guard held.contains(name) else { throw files.isUnknown(name, among: held) }
            guard let content = try files.content(name) else { throw files.isNoKeyFile(name) }
            return (name: name, content: content)
        }
        try files.refuseUnreplaceable(contents.map(\.name))
        return try contents.compactMap { name, content in
            guard var bytes = try body(files, name, content) else { return nil }
            defer { SecretBytes.wipe(&bytes) }
            try storage.replaceSecret(files.path(name), with: bytes)
            return name
        }
    }
}

extension KeyFiles {
    /// The source whose key has that name; `nil` if it is not one of a source.
    static func source(of name: String) -> String? {
        name.hasPrefix(sourceName("")) ? String(name.dropFirst(sourceName("").count).prefix { $0 != "." }) : nil
    }

    /// Whether reading a key takes a passphrase; `nil` if it is no key file. Others may be able to read it.
    fileprivate func isProtected(_ name: String) throws -> Bool? {
        guard var bytes = try storage.read(path(name)) else { return nil }
        defer { SecretBytes.wipe(&bytes) }
        if ProtectedKeyFile(parsing: bytes)?.name == name { return true }
        return SecretKeyFile(parsing: bytes)?.name == name ? false : nil
    }

    /// One of those that are protected; `nil` if none is.
    fileprivate func firstProtected() throws -> ProtectedKeyFile? {
        for name in try names() {
            if case .protected(let file)? = try content(name) { return file }
        }
        return nil
    }

    /// Throws `locked` while an erasure or a rotation is not finished.
    fileprivate func refuseHalfReplaced() throws {
        for purpose in KeyPurpose.replaced + [.admin] where try exists(purpose.nextName) {
            let command = purpose == .admin ? "consent key rotate admin" : "consent checkpoint publish"
            throw StorageError(
                .locked,
                "private/keys/\(purpose.nextName).key is there: a key is being replaced. Try again when that is done; if it was "
                    + "interrupted, this finishes it: \(command)")
        }
    }

    func isNoKeyFile(_ name: String) -> LedgerError {
        LedgerError(.badKey, "\(shownPath(name)) is not a key file of this ledger; restore it from its backup")
    }

    fileprivate func isUnknown(_ name: String, among names: [String]) -> LedgerError {
        LedgerError(
            .missingKey,
            "there is no key “\(name.prefix(80))” here; there are: \(names.joined(separator: ", "))")
    }
}
