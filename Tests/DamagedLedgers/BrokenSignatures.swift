internal import ConsentAudit
internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// What the third level finds: statements that nobody signed who could, and logs that are not the pinned one.
extension BrokenLedger {
    static let brokenSignatures: [BrokenLedger] = moved + keys + templates + forms + identities

    /// True statements in a place that they were not made for; records and tree around them are right.
    private static let moved: [BrokenLedger] = [
        optIn("resigned-by-another-source", "An opt-in names one source and is signed by another.", "unknown-key") {
            .init(signer: LogBuilder.hosted)
        },
        optIn("moved-between-businesses", "A person's yes to one business stands in another's chain.", "bad-signature")
        {
            .init(context: {
                StatementContext(origin: $0.origin, ledgerID: $0.ledgerID, business: "zoo", handles: $0.handles)
            })
        },
        optIn("moved-between-contacts", "One person's yes stands in another's chain.", "bad-signature") {
            .init(context: {
                StatementContext(
                    origin: $0.origin, ledgerID: $0.ledgerID, business: $0.business, handles: [LedgerStory.eva])
            })
        },
        optIn(
            "replayed-from-another-ledger", "A statement was made for another ledger of the same origin and keys.",
            "bad-signature"
        ) {
            .init(context: {
                StatementContext(
                    origin: $0.origin, ledgerID: [UInt8](repeating: 9, count: 32), business: $0.business,
                    handles: $0.handles)
            })
        },
        optIn("replayed-from-another-origin", "A statement was made for a log of another origin.", "bad-signature") {
            .init(context: {
                StatementContext(
                    origin: "other.example.com/consent", ledgerID: $0.ledgerID, business: $0.business,
                    handles: $0.handles)
            })
        },
        optIn(
            "bound-to-no-ledger", "A statement after entry 0 was made with an empty ledger-id.", "bad-signature"
        ) {
            .init(context: {
                StatementContext(origin: $0.origin, ledgerID: [], business: $0.business, handles: $0.handles)
            })
        },
        told(
            "contact-added-to-a-statement", "A statement about one person stands in the chains of two.",
            .signatures("bad-signature", at: 18)
        ) {
            $0.steps.insert(
                { log in
                    let web = LogBuilder.web
                    log.append(
                        log.event(.contactLinked, [:], source: web), by: web, business: "acme",
                        contacts: [LedgerStory.ana, LedgerStory.eva],
                        lie: .init(context: {
                            StatementContext(
                                origin: $0.origin, ledgerID: $0.ledgerID, business: $0.business,
                                handles: [LedgerStory.ana])
                        }))
                }, at: 18)
        },
        told(
            "handles-in-another-order", "The handles that were signed stand in another order than the links.",
            .signatures("bad-signature", at: 18)
        ) {
            $0.steps.insert(
                { log in
                    let web = LogBuilder.web
                    log.append(
                        log.event(.contactLinked, [:], source: web), by: web, business: "acme",
                        contacts: [LedgerStory.ana, LedgerStory.eva],
                        lie: .init(context: {
                            StatementContext(
                                origin: $0.origin, ledgerID: $0.ledgerID, business: $0.business,
                                handles: $0.handles.reversed())
                        }))
                }, at: 18)
        },
        optIn("another-event-under-the-signature", "The event was changed after it was signed.", "bad-signature") {
            .init(statement: {
                CBORParts.replacing(StatementPart.payload, of: $0) { payload in
                    let event = CBORParts.content(of: payload)
                    return CBORParts.byteString(
                        event.replacing([0x68] + Array("whatsapp".utf8), with: [0x63] + Array("sms".utf8)))
                }
            })
        },
    ]

    /// Keys that do not count where they are used.
    /// A template's category is governance, whoever states it.
    private static let templates: [BrokenLedger] = [
        told(
            "template-by-a-source-of-another-business",
            "A source that speaks for another business says it of a template.",
            .signatures("not-authorized", at: 18)
        ) { $0.steps.insert({ $0.categorizeTemplate(by: LedgerStory.shop) }, at: 18) },
        told(
            "template-by-a-revoked-source", "A source that was revoked says it of a template, which is no stop.",
            .signatures("not-authorized", at: 18)
        ) { $0.steps.insert({ $0.categorizeTemplate(by: LogBuilder.hosted) }, at: 18) },
        told(
            "source-under-the-id-of-a-template",
            "A source is authorised under the event id of a template's category, so that its key does not count.",
            .signatures("unknown-source", at: 24)
        ) { story in
            story.steps += [
                { $0.categorizeTemplate(by: LogBuilder.web) }, { $0.authorizeStranger(under: $0.eventID(at: 22)) },
                { $0.optIn(LedgerStory.flo, by: LedgerStory.stranger) },
            ]
        },
    ]

    private static let keys: [BrokenLedger] = [
        told("unauthorised-source", "A source that nobody authorised speaks.", .signatures("unknown-source", at: 18)) {
            $0.steps.insert({ $0.optIn(LedgerStory.flo, by: LedgerStory.stranger) }, at: 18)
        },
        told(
            "unauthorised-source-opt-out", "A source that nobody authorised states even an opt-out.",
            .signatures("unknown-source", at: 18)
        ) { $0.steps.insert({ $0.optOut(of: LedgerStory.flo, by: LedgerStory.stranger) }, at: 18) },
        told(
            "source-not-yet-authorised", "A source speaks before the record that authorises it.",
            .signatures("unknown-source", at: 14)
        ) {
            $0.steps.insert({ $0.optIn(LedgerStory.flo, by: LedgerStory.stranger) }, at: 14)
            $0.steps.insert({ $0.authorize(LedgerStory.stranger) }, at: 15)
        },
        told("revoked-source", "A source says yes after it was revoked.", .signatures("not-authorized", at: 18)) {
            $0.steps.insert({ $0.optIn(LedgerStory.flo, by: LogBuilder.hosted) }, at: 18)
        },
        told(
            "source-of-another-business", "A source speaks for a business that it is not authorised for.",
            .signatures("not-authorized", at: 18)
        ) { $0.steps.insert({ $0.optIn(LedgerStory.flo, by: LedgerStory.shop) }, at: 18) },
        told(
            "governance-by-a-source", "A source's key signs what only an admin's may.",
            .signatures("unknown-key", at: 20)
        ) { $0.steps[20] = { $0.defineOffers(by: LogBuilder.web) } },
        told(
            "governance-by-a-retired-admin", "An admin key signs after it was retired.",
            .signatures("not-authorized", at: 20)
        ) { $0.steps[20] = { $0.defineOffers(by: $0.admin) } },
        told(
            "governance-by-an-admin-to-be", "An admin key signs the record that adds it.",
            .signatures("unknown-key", at: 7)
        ) {
            $0.steps[7] = { log in
                log.append(
                    log.event(.adminKeyAdded, [.publicKey: .bytes(LedgerStory.deputy.key.publicKey.bytes)]),
                    by: LedgerStory.deputy)
            }
        },
        told("consent-by-an-admin", "An admin's key signs an opt-in of a source.", .signatures("unknown-key", at: 18)) {
            $0.steps[18] = { $0.optIn(LedgerStory.dan, lie: .init(signer: LedgerStory.deputy)) }
        },
        told(
            "opened-by-another-key", "Entry 0 is signed by a key that it does not name.",
            .signatures("unknown-key", at: 0), pinsItself: true
        ) { $0.steps[0] = { $0.open(by: LedgerStory.stranger) } },
    ]

    /// Signatures that some libraries take, and key identifiers that name the wrong key.
    private static let forms: [BrokenLedger] = [
        smallOrder(
            "small-order-key", "A source was authorised with the neutral point, under which anything verifies.",
            key: [1] + [UInt8](repeating: 0, count: 31), r: [1] + [UInt8](repeating: 0, count: 31)),
        smallOrder(
            "small-order-key-of-order-eight", "A source was authorised with a point of order eight.",
            key: Hexadecimal.decode("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")!,
            r: [1] + [UInt8](repeating: 0, count: 31)),
        smallOrder(
            "non-canonical-key", "A source was authorised with the neutral point in an encoding that is not canonical.",
            key: [0xee] + [UInt8](repeating: 0xff, count: 30) + [0x7f], r: [1] + [UInt8](repeating: 0, count: 31)),
        signature("signature-with-a-larger-s", "The order of the group was added to S.", Malleable.addingOrder),
        signature("signature-with-a-flipped-bit", "A bit of the signature was another before the tree was made.") {
            var changed = $0
            changed[40] ^= 1
            return changed
        },
        signature("signature-of-zeros", "The signature is 64 zero bytes.") { _ in [UInt8](repeating: 0, count: 64) },
        optIn("key-identifier-of-another-key", "The header names another source's key than signed.", "unknown-key") {
            .init(statement: {
                CBORParts.replacing(StatementPart.protected, of: $0) { header in
                    CBORParts.byteString(
                        CBORParts.content(of: header).dropLast(16) + LogBuilder.hosted.key.publicKey.keyIdentifier)
                }
            })
        },
    ]

    /// Another log than the one that is pinned.
    private static let identities: [BrokenLedger] = [
        told(
            "another-ledger-of-the-same-keys", "The whole ledger is another one, with the same origin and keys.",
            .signatures("wrong-ledger-id", at: 0)
        ) { $0.steps[0] = { $0.open(environment: "production") } },
        told(
            "ledger-that-is-not-opened", "Entry 0 registers a business.",
            .signatures("not-opened", "unknown-key", at: 0), pinsItself: true
        ) {
            $0.steps = [{ $0.register("acme") }]
            $0.publications = []
        },
        told(
            "opened-for-another-origin",
            "Entry 0 names another origin than the log has, and so gives this log no keys.",
            .signatures("unknown-key", at: 1), pinsItself: true
        ) {
            $0.steps[0] = { $0.open(for: "other.example.com/consent") }
        },
        tampered(
            "foreign-log-key", "The file of the log's keys names a key that the ledger never had.",
            .signatures("log-key-not-in-force")
        ) { log in
            log.files["log.vkey"]! += Array("\(LogBuilder.verifierKey(of: LedgerStory.stranger).text)\n".utf8)
        },
        tampered(
            "log-key-under-another-name",
            "The file of the log's keys names one of them by another name; a bad line of it on the checkpoint is passed over.",
            .signatures("log-key-not-in-force")
        ) { log in
            let key = LogBuilder.verifierKey(of: LedgerStory.secondLog, origin: "other.example.com/log")
            log.files["log.vkey"]! += Array("\(key.text)\n".utf8)
            let other = try! SignedNote(signing: [0x0a], as: key.name, with: LedgerStory.secondLog.key)
            for path in ["checkpoint", kept + "22"] { log.files[path]! += other.bytes.dropFirst(2) }
        },
        told(
            "checkpoint-by-a-key-not-yet-added", "A kept checkpoint is signed by a key that the log got only later.",
            .signatures("log-key-not-in-force")
        ) {
            $0.steps[5] = {
                $0.publishNotice()
                $0.logKey = LedgerStory.secondLog
            }
        },
        told(
            "checkpoint-by-a-retired-key", "The log goes on signing with a key that it retired, and that is pinned.",
            .signatures("log-key-not-in-force"), pinsItself: true
        ) { $0.steps[9] = { $0.changeLogKey(.logKeyRetired, Party("log")) } },
        tampered(
            "kept-checkpoint-by-a-stranger", "A kept checkpoint is signed by a key that the ledger never had.",
            .signatures("log-key-not-in-force")
        ) { log in
            let text = try! SignedCheckpoint(parsing: log.files[kept + "12"]!).checkpoint
            log.files[kept + "12"] = try! SignedCheckpoint(signing: text, with: LedgerStory.stranger.key).bytes
        },
    ]

    // MARK: Ways to lie

    /// Record 18, Dan's opt-in, told with a lie.
    private static func optIn(
        _ name: String, _ about: String, _ code: String, _ lie: @escaping () -> LogBuilder.Lie
    ) -> BrokenLedger {
        told(name, about, .signatures(code, at: 18)) { $0.steps[18] = { $0.optIn(LedgerStory.dan, lie: lie()) } }
    }

    /// Record 18 with its signature changed.
    private static func signature(
        _ name: String, _ about: String, _ change: @escaping ([UInt8]) -> [UInt8]
    ) -> BrokenLedger {
        optIn(name, about, "bad-signature") {
            .init(statement: {
                CBORParts.replacing(StatementPart.signature, of: $0) {
                    CBORParts.byteString(change(CBORParts.content(of: $0)))
                }
            })
        }
    }

    /// A source whose public key is `key`, and an opt-in of it with the signature r ‖ 0.
    private static func smallOrder(_ name: String, _ about: String, key: [UInt8], r: [UInt8]) -> BrokenLedger {
        told(name, about, .signatures("bad-signature", at: 19)) {
            $0.steps.insert(
                { log in
                    log.govern(
                        .sourceAuthorized,
                        [.authorizedSource: .text("small"), .publicKey: .bytes(key), .custody: .text("external")])
                }, at: 18)
            $0.steps.insert(
                { log in
                    let small = Party("small")
                    log.optIn(
                        LedgerStory.flo, by: small,
                        lie: .init(statement: { statement in
                            var items = CBORParts.items(of: statement)
                            items[StatementPart.protected] = CBORParts.byteString(
                                CBORParts.content(of: items[StatementPart.protected]).dropLast(16)
                                    + Ed25519PublicKey(key)!.keyIdentifier)
                            items[StatementPart.signature] = CBORParts.byteString(
                                r + [UInt8](repeating: 0, count: 32))
                            return CBORParts.array(items)
                        }))
                }, at: 19)
        }
    }
}

extension LogBuilder {
    /// Defines the category `offers`.
    func defineOffers(by admin: Party) {
        govern(
            .categoryDefined,
            [.category: .text("offers"), .categoryClass: .text("marketing"), .basis: .text("consent")], by: admin)
    }
}
