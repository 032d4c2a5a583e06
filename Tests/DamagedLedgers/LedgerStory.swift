internal import ConsentAudit
public import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// How a small ledger came about, record by record, so that one of them can be told differently and all that follows is
/// made to fit: two businesses, three sources (one whose key the ledger holds, one for a single business), a source
/// revoked, the admin's key and the log's key replaced, and six persons.
public struct LedgerStory {
    /// Appends a record, or what stands in its place.
    public typealias Step = (LogBuilder) -> Void

    /// The admin who takes over.
    public static let deputy = Party("deputy")
    /// The key that the log signs with later on.
    public static let secondLog = Party("second log")
    /// A source that speaks for the business `zoo` alone.
    public static let shop = Party("shop")
    /// A key that nobody authorised.
    public static let stranger = Party("stranger")

    /// Persons.
    public static let ana = LogBuilder.contact(1)
    public static let ben = LogBuilder.contact(2)
    public static let cara = LogBuilder.contact(3)
    public static let dan = LogBuilder.contact(4)
    public static let eva = LogBuilder.contact(5)
    public static let zoe = LogBuilder.contact(6)
    /// Nobody in the honest story.
    public static let flo = LogBuilder.contact(7)

    /// The steps in order; step n is record n of the honest story.
    public var steps: [Step]
    /// Before which steps a checkpoint is published; one more is at the end.
    public var publications: [Int] = [6, 12]
    /// The origin of the log.
    public var origin = LogBuilder.origin

    /// The honest story.
    public init() {
        let web = LogBuilder.web
        steps = [
            { $0.open() },
            { $0.register("acme") },
            { $0.register("zoo") },
            { $0.authorize(web) },
            { $0.authorize(LogBuilder.hosted, custody: "ledger") },
            { $0.publishNotice() },
            { $0.authorize(Self.shop, businesses: ["zoo"]) },
            { log in
                log.append(
                    log.event(.adminKeyAdded, [.publicKey: .bytes(Self.deputy.key.publicKey.bytes)]), by: log.admin)
            },
            { $0.changeLogKey(.logKeyAdded, Self.secondLog) },
            { log in
                log.changeLogKey(.logKeyRetired, Party("log"))
                log.logKey = Self.secondLog
            },
            { $0.optIn(Self.ana) },
            { $0.optIn(Self.ben, by: LogBuilder.hosted) },
            { log in
                log.append(
                    log.grant(Self.shop, withNotice: false), by: Self.shop, business: "zoo", contacts: [Self.zoe])
            },
            { log in
                log.append(
                    log.event(.contactLinked, [:], source: web), by: web, business: "acme",
                    contacts: [Self.ana, Self.cara])
            },
            { $0.optOut(of: Self.ben) },
            { $0.revoke(LogBuilder.hosted) },
            // A stop binds whatever became of its source.
            { $0.optOut(of: Self.cara, by: LogBuilder.hosted) },
            { log in
                log.append(
                    log.event(.adminKeyRetired, [.publicKey: .bytes(log.admin.key.publicKey.bytes)]), by: Self.deputy)
            },
            { $0.optIn(Self.dan) },
            { $0.optIn(Self.eva) },
            { log in
                log.govern(
                    .categoryDefined,
                    [.category: .text("offers"), .categoryClass: .text("marketing"), .basis: .text("consent")])
            },
            { $0.optOut(of: Self.dan) },
        ]
    }

    /// The log of the story, published.
    public func told() -> LogBuilder {
        let log = LogBuilder(origin: origin)
        for (number, step) in steps.enumerated() {
            if publications.contains(number) { log.publish() }
            step(log)
        }
        log.publish()
        return log
    }
}

/// The story's acts, short.
extension LogBuilder {
    func optIn(_ contact: ContactHandle, by source: Party = LogBuilder.web, lie: Lie = Lie()) {
        append(grant(source), by: source, business: "acme", contacts: [contact], lie: lie)
    }

    func optOut(of contact: ContactHandle, by source: Party = LogBuilder.web, lie: Lie = Lie()) {
        append(optOut(source), by: source, business: "acme", contacts: [contact], lie: lie)
    }

    /// A governance event, of the business `acme` unless its type is the ledger's alone, by who is admin at the end.
    func govern(
        _ type: EventType, _ fields: [EventField: FieldValue], of business: String = "acme",
        by admin: Party = LedgerStory.deputy, lie: Lie = Lie()
    ) {
        append(event(type, fields), by: admin, business: type.chains.business == .never ? nil : business, lie: lie)
    }

    func changeLogKey(_ type: EventType, _ party: Party) {
        append(event(type, [.logKey: .text(Self.verifierKey(of: party, origin: origin).text)]), by: admin)
    }
}
