public import ConsentAudit
public import ConsentModel
public import LedgerCrypto
public import TransparencyLog

/// Writes logs: honest ones by default, and any lie that a test asks for. It uses the formats' own types and shares
/// nothing with the verifier or the real writer.
public final class LogBuilder {
    /// The origin of the logs, unless another is given.
    public static let origin = "log.example.com/consent"
    /// A source that holds its own key.
    public static let web = Party("web")
    /// A source whose key the ledger holds.
    public static let hosted = Party("hosted")

    /// The origin of this log.
    public let origin: String
    /// The admin whose key opens the ledger.
    public let admin = Party("admin")
    /// Who signs checkpoints; `log.vkey` names everyone who did or does.
    public var logKey: Party {
        didSet {
            if !verifierKeys.contains(verifierKey) { verifierKeys.append(verifierKey) }
        }
    }
    /// What is published, once it is.
    public var log = MemoryLog()
    /// When the next record is recorded, in milliseconds; each record takes a second.
    public var now: UInt64 = 1_700_000_000_000
    /// The leaf hash of entry 0; empty before there is one.
    public private(set) var ledgerID: [UInt8] = []
    /// The leaf hash of every entry.
    public private(set) var leafHashes: [SHA256Digest] = []
    /// Every entry.
    public private(set) var entries: [[UInt8]] = []
    /// The name of every entry's event type.
    public private(set) var kinds: [String] = []
    private var verifierKeys: [VerifierKey] = []
    private var heads: [Chain: (index: UInt64, sequence: UInt64)] = [:]
    private var tiles = TileBuilder()
    private var writtenSize = 0
    private var eventCount = 0

    /// An empty log.
    public init(origin: String = LogBuilder.origin, logKey: Party = Party("log")) {
        self.origin = origin
        self.logKey = logKey
        verifierKeys = [verifierKey]
    }

    /// How many entries there are.
    public var size: UInt64 { UInt64(entries.count) }
    /// The key that signs checkpoints now.
    public var verifierKey: VerifierKey { Self.verifierKey(of: logKey, origin: origin) }
    /// What an auditor pins who knows the newest log key.
    public var pins: Pins { Pins(verifierKey: verifierKey, ledgerID: SHA256Digest(ledgerID)) }

    /// The vkey of a party that signs checkpoints of a log.
    public static func verifierKey(of party: Party, origin: String = LogBuilder.origin) -> VerifierKey {
        try! VerifierKey(name: origin, publicKey: party.key.publicKey, use: .note)
    }

    // MARK: Events

    /// An event with the next id; one of a source names it and commits to some private fields.
    public func event(_ type: EventType, _ fields: [EventField: FieldValue], source: Party? = nil) -> Event {
        eventCount += 1
        let id = EventID(SHA256Digest(hashing: Array("event \(eventCount)".utf8)).bytes.prefix(16))!
        var fields = fields
        if let source, type.signer == .source {
            fields[.source] = .text(source.name)
            fields[.commitment] = .bytes(SHA256Digest(hashing: id.bytes).bytes)
        }
        return try! Event(type, id: id, fields)
    }

    /// The handle of a contact.
    public static func contact(_ number: Int) -> ContactHandle {
        ContactHandle(SHA256Digest(hashing: Array("contact \(number)".utf8)).bytes.prefix(16))!
    }

    // MARK: Records

    /// What a record is made with, where a lie changes it.
    public struct Lie {
        /// The index that the record says it has.
        public var index: UInt64?
        /// Changes the links; what is signed follows them.
        public var links: (([ChainLink]) -> [ChainLink])?
        /// Signs in place of who should.
        public var signer: Party?
        /// Changes what the signature is bound to.
        public var context: ((StatementContext) -> StatementContext)?
        /// The bytes that are signed in place of the event.
        public var payload: [UInt8]?
        /// Changes the statement after it is signed.
        public var statement: (([UInt8]) -> [UInt8])?
        /// Changes the record's bytes.
        public var record: (([UInt8]) -> [UInt8])?
        /// Whether later records follow this one in its chains.
        public var movesHeads: Bool

        /// No lie, but for what is given.
        public init(
            index: UInt64? = nil, links: (([ChainLink]) -> [ChainLink])? = nil, signer: Party? = nil,
            context: ((StatementContext) -> StatementContext)? = nil, payload: [UInt8]? = nil,
            statement: (([UInt8]) -> [UInt8])? = nil, record: (([UInt8]) -> [UInt8])? = nil, movesHeads: Bool = true
        ) {
            self.index = index
            self.links = links
            self.signer = signer
            self.context = context
            self.payload = payload
            self.statement = statement
            self.record = record
            self.movesHeads = movesHeads
        }
    }

    /// Appends a record of `event` in the chains of its type, the business and the contacts; says its index.
    @discardableResult
    public func append(
        _ event: Event, by signer: Party, business: String? = nil, contacts: [ContactHandle] = [], lie: Lie = Lie()
    ) -> UInt64 {
        let index = size
        var chains = contacts.sorted().map(Chain.contact)
        if let business { chains.insert(.business(business), at: 0) }
        if event.type.chains.ledger { chains.insert(.ledger, at: 0) }
        var links = chains.map { chain in
            guard let head = heads[chain] else { return ChainLink(beginning: chain) }
            return ChainLink(
                chain: chain, sequence: head.sequence + 1, previousIndex: head.index,
                previousLeafHash: leafHashes[Int(head.index)])
        }
        if let change = lie.links { links = change(links) }
        let handles = links.compactMap { if case .contact(let handle) = $0.chain { handle } else { nil } }
        var boundBusiness = ""
        for case .business(let id) in links.map(\.chain) { boundBusiness = id }
        var context = StatementContext(
            origin: origin, ledgerID: index == 0 ? [] : ledgerID, business: boundBusiness, handles: handles)
        if let change = lie.context { context = change(context) }
        let statement = try! Statement(
            signing: lie.payload ?? event.encoded(), for: context, with: (lie.signer ?? signer).key)
        var bytes = statement.encoded()
        if let change = lie.statement { bytes = change(bytes) }
        let record = try! Record(
            index: lie.index ?? index, recordedAt: Timestamp(milliseconds: now)!, links: links, statement: bytes)
        append(lie.record?(record.encoded()) ?? record.encoded(), kind: event.type.name)
        if lie.movesHeads {
            for link in links { heads[link.chain] = (index, link.sequence) }
        }
        if index == 0 { ledgerID = leafHashes[0].bytes }
        now += 1000
        return index
    }

    /// Appends any entry, a record or not.
    public func append(_ entry: [UInt8], kind: String = "") {
        entries.append(entry)
        kinds.append(kind)
        leafHashes.append(MerkleHash.leaf(entry))
        tiles.append(leafHashes[leafHashes.count - 1])
    }

    // MARK: Publishing

    /// Writes bundles and tiles of what is there, signs a checkpoint, keeps it, publishes it.
    public func publish() {
        let row = Tile.inRow(.entries, from: UInt64(writtenSize), to: size)
        for tile in row {
            var bundle = EntryBundle()
            for position in 0..<tile.width { try! bundle.append(entries[Int(tile.start) + position]) }
            log.files[tile.path] = bundle.bytes
        }
        for tile in tiles.takeTiles() { log.files[tile.tile.path] = tile.bytes }
        writtenSize = entries.count
        let checkpoint = try! SignedCheckpoint(
            signing: Checkpoint(origin: origin, size: size, root: tiles.root), with: logKey.key)
        log.files["checkpoints/" + String(repeating: "0", count: 20 - String(size).count) + String(size)] =
            checkpoint.bytes
        log.files["checkpoint"] = checkpoint.bytes
        log.files["log.vkey"] = Array(verifierKeys.map { $0.text + "\n" }.joined().utf8)
    }

    /// Puts an object beside the log, named by its hash; gives the hash.
    public func addObject(_ bytes: [UInt8]) -> [UInt8] {
        let digest = SHA256Digest(hashing: bytes)
        log.files["object/\(digest)"] = bytes
        return digest.bytes
    }
}

/// Whole ledgers.
extension LogBuilder {
    /// The words of the notice that opt-ins name.
    public static let notice = Array("Acme Viajes puede escribirme por WhatsApp con ofertas.".utf8)

    /// Opens the ledger: entry 0, by its admin unless another party signs it, for its origin unless another is named.
    public func open(environment: String = "test", for origin: String? = nil, by signer: Party? = nil) {
        append(
            event(
                .ledgerOpened,
                [
                    .nonce: .bytes([UInt8](repeating: 7, count: 32)), .origin: .text(origin ?? self.origin),
                    .adminKeys: .byteStrings([admin.key.publicKey.bytes]), .logKeys: .texts([verifierKey.text]),
                    .longestUnpublished: .number(3_600_000), .environment: .text(environment),
                ]), by: signer ?? admin)
    }

    /// Registers a business.
    public func register(_ business: String) {
        append(event(.businessRegistered, [.name: .text(business)]), by: admin, business: business)
    }

    /// Authorises a source, for all businesses unless some are named.
    public func authorize(_ source: Party, custody: String = "external", businesses: [String]? = nil) {
        var fields: [EventField: FieldValue] = [
            .authorizedSource: .text(source.name), .publicKey: .bytes(source.key.publicKey.bytes),
            .custody: .text(custody),
        ]
        if let businesses { fields[.businesses] = .texts(businesses) }
        append(event(.sourceAuthorized, fields), by: admin)
    }

    /// Revokes a source's keys.
    public func revoke(_ source: Party) {
        append(event(.sourceRevoked, [.authorizedSource: .text(source.name)]), by: admin)
    }

    /// Publishes the notice `web`; `adds` puts its text beside the log.
    public func publishNotice(_ text: [UInt8] = LogBuilder.notice, business: String = "acme", adds: Bool = true) {
        let digest = adds ? addObject(text) : SHA256Digest(hashing: text).bytes
        append(
            event(
                .noticePublished,
                [
                    .noticeName: .text("web"), .language: .text("es"), .textDigest: .bytes(digest),
                    .channels: .texts(["whatsapp"]), .categories: .texts(["marketing"]),
                ]), by: admin, business: business)
    }

    /// The governance that the grants and opt-outs below need: six records.
    public func found() {
        open()
        register("acme")
        register("zoo")
        authorize(LogBuilder.web)
        authorize(LogBuilder.hosted, custody: "ledger")
        publishNotice()
    }

    /// An opt-in to marketing on WhatsApp, that happens now.
    public func grant(_ source: Party = LogBuilder.web, withNotice: Bool = true) -> Event {
        var fields: [EventField: FieldValue] = [
            .channels: .texts(["whatsapp"]), .categories: .texts(["marketing"]),
            .occurredAt: .occurredAt(OccurredAt(Timestamp(milliseconds: now)!)),
        ]
        if withNotice {
            fields[.notice] = .notice(
                NoticeReference(name: "web", textDigest: SHA256Digest(hashing: LogBuilder.notice).bytes))
        }
        return event(.consentGiven, fields, source: source)
    }

    /// An opt-out of everything.
    public func optOut(_ source: Party = LogBuilder.web) -> Event { event(.consentWithdrawn, [:], source: source) }

    /// Adds one honest record about contacts, what kind and whom decided by its index alone.
    public func appendOrdinary() {
        let number = Int(size)
        let source = number % 4 == 0 ? LogBuilder.hosted : LogBuilder.web
        switch number % 7 {
        case 3: append(optOut(source), by: source, business: "acme", contacts: [Self.contact(number % 23)])
        case 5:
            append(
                event(.contactLinked, [:], source: source), by: source, business: "acme",
                contacts: [Self.contact(number % 23), Self.contact(number % 23 + 1)])
        case 6:
            append(
                grant(source, withNotice: false), by: source, business: "zoo", contacts: [Self.contact(number + 1000)])
        default: append(grant(source), by: source, business: "acme", contacts: [Self.contact(number % 23)])
        }
    }

    /// An honest, published ledger of `size` records, checkpoints kept at `kept` besides.
    public static func ledger(size: Int, kept: [Int] = []) -> LogBuilder {
        let builder = LogBuilder()
        builder.open()
        if kept.contains(1) || size == 1 { builder.publish() }
        if size >= 2 { builder.register("acme") }
        if size >= 6 {
            builder.register("zoo")
            builder.authorize(web)
            builder.authorize(hosted, custody: "ledger")
            builder.publishNotice()
        }
        while builder.size < size {
            if kept.contains(Int(builder.size)) { builder.publish() }
            builder.appendOrdinary()
        }
        builder.publish()
        return builder
    }
}
