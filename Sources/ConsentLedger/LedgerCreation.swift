internal import ConsentModel
public import LedgerCrypto
internal import LedgerStorage
internal import TransparencyLog

/// How a ledger is made.
public struct LedgerCreation: Sendable {
    /// The log's origin: a schema-less URL without spaces or pluses.
    public var origin: String
    /// Whether the ledger is for trying out; it says so for ever.
    public var isTest: Bool
    /// The longest time a record may wait for a checkpoint, in milliseconds.
    public var longestUnpublished: UInt64 = 24 * 60 * 60 * 1000
    /// The name of the source whose key the ledger holds from the start.
    public var source = "cli"

    public init(origin: String, isTest: Bool) {
        self.origin = origin
        self.isTest = isTest
    }

    /// Makes the ledger: keys, entry 0, the first checkpoint, the source. Throws `ledgerExists` if there is one, or
    /// something else that looks like one, and `badInput` for an origin that begins as texts of this format do. What is interrupted says `incomplete` when opened.
    public func create(
        at location: LedgerLocation, business: (id: String, name: String, country: String?)? = nil,
        clock: any LedgerClock = SystemClock(), random: any RandomSource = SystemRandomSource()
    ) throws -> LedgerWriter {
        try checkAbsent(location)
        guard !origin.utf8.starts(with: Clearance.reservedOriginPrefix.utf8) else {
            throw LedgerError(
                .badInput,
                "an origin does not begin with “\(Clearance.reservedOriginPrefix)”, as texts of this format do; choose another"
            )
        }
        // All that can be wrong with the input shows here, before anything is written.
        try check(business, random)
        let secrets = KeyPurpose.allCases.map { (purpose: $0, secret: random.secret(32)) }
        func signingKey(_ purpose: KeyPurpose) throws -> Ed25519PrivateKey {
            try Ed25519PrivateKey(seed: secrets.first { $0.purpose == purpose }!.secret)
        }
        let verifierKey = try VerifierKey(name: origin, publicKey: signingKey(.log).publicKey, use: .note)
        let opening = try openingRecord(signingKey(.admin), verifierKey, clock.now(), random)
        let identity = LedgerIdentity(origin: origin, ledgerID: opening.leafHash.bytes)

        let lock = try location.storage.lock(LedgerPaths.lock)
        defer { lock.release() }
        let files = location.keyFiles
        var checks: [KeyPurpose: [UInt8]] = [:]
        for (purpose, secret) in secrets {
            try files.create(purpose.rawValue, secret, random: random)
            guard !purpose.isSigning else { continue }
            checks[purpose] = try LedgerKeys.checkValue(
                of: KeyedHash(key: secret), purpose, ledgerID: identity.ledgerID)
        }
        try location.storage.create([(LedgerPaths.verifierKey, Array((verifierKey.text + "\n").utf8))])
        for name in [Registry.fileName, CurrentIndex.fileName] { try location.databases.remove(name) }
        _ = try Registry(
            creatingFor: location, ledgerID: identity.ledgerID, checks: checks)
        _ = try CurrentIndex(of: location, ledgerID: identity.ledgerID, mayCreate: true)
        try JournalWriter(
            location.storage, directory: LedgerPaths.journal,
            key: KeyedHash(key: files.read(KeyPurpose.journal.rawValue)), resuming: .zero
        ).append(firstIndex: 0, entries: [opening.encoded()])
        lock.release()

        let writer = try LedgerWriter(location, identity: identity, clock: clock, random: random)
        if let business { try writer.append(Self.registering(business)) }
        let key = try writer.makeSourceKey(source)
        var authorizing = EventDraft(.sourceAuthorized)
        authorizing.fields = [
            .authorizedSource: .text(source), .publicKey: .bytes(key.publicKey), .custody: .text("ledger"),
            .proofOfPossession: .bytes(key.proof),
        ]
        try writer.append(authorizing)
        try writer.publish()
        try location.storage.create([(LedgerPaths.marker, identity.marker)])
        return writer
    }

    /// The draft that registers a business.
    public static func registering(_ business: (id: String, name: String, country: String?)) -> EventDraft {
        var draft = EventDraft(.businessRegistered, business: business.id)
        draft.fields[.name] = .text(business.name)
        if let country = business.country { draft.fields[.country] = .text(country) }
        return draft
    }

    private func check(
        _ business: (id: String, name: String, country: String?)?, _ random: any RandomSource
    ) throws {
        guard FieldKind.isIdentifier(source) else {
            throw LedgerError(.badEvent, "a source's id is 1 to 64 of a–z, 0–9 and “-”, not “\(source.prefix(80))”")
        }
        guard let business else { return }
        let draft = Self.registering(business)
        try draft.check()
        _ = try Event(draft.type, id: EventID(random: random), draft.fields)
    }

    private func checkAbsent(_ location: LedgerLocation) throws {
        if try location.storage.read(LedgerPaths.marker) != nil {
            throw LedgerError(.ledgerExists, "there is a ledger here already; choose another place with --ledger")
        }
        let names = try ["private", "log"].flatMap { try location.storage.list(StoragePath($0)) }
        guard names.isEmpty || names == ["lock"] else {
            throw LedgerError(
                .ledgerExists,
                "there is a half-made ledger here, or something else; remove it, or choose another place with --ledger")
        }
    }

    private func openingRecord(
        _ admin: Ed25519PrivateKey, _ verifierKey: VerifierKey, _ now: Timestamp, _ random: any RandomSource
    ) throws -> JournalRecord {
        let event = try Event(
            .ledgerOpened, id: EventID(random: random),
            [
                .nonce: .bytes(random.bytes(32)), .origin: .text(origin),
                .adminKeys: .byteStrings([admin.publicKey.bytes]), .logKeys: .texts([verifierKey.text]),
                .longestUnpublished: .number(longestUnpublished),
                .environment: .text(isTest ? "test" : "production"),
            ])
        let context = StatementContext(origin: origin, ledgerID: [], business: "", handles: [])
        let statement = try Statement(signing: event.encoded(), for: context, with: admin)
        let record = try Record(
            index: 0, recordedAt: now, links: [ChainLink(beginning: .ledger)], statement: statement.encoded())
        return JournalRecord(record, statement, .event(event), registrations: [], sealed: [])
    }
}
