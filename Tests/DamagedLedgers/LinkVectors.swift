internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// Chains in small logs whose tree is right and signed.
extension Vector {
    private typealias Change = ([ChainLink], LogBuilder) -> [ChainLink]

    static let linkVectors: [Vector] = [
        linked("honest", "Two persons of one business; all chains are whole.", nil),
        linked("one-record", "A log of entry 0 alone.", nil, records: 1),
        lastLinks("contact-second-record", "A person's second record names the first.", nil) { links, _ in links },
        lastLinks("contact-another-hash", "The link has another leaf hash.", "broken-link") { links, _ in
            changing(links, 1) { ($0.sequence, $0.previousIndex, SHA256Digest(hashing: [1])) }
        },
        lastLinks("contact-zero-hash", "The link has 32 zero bytes for a leaf hash.", "broken-link") { links, _ in
            changing(links, 1) { ($0.sequence, $0.previousIndex, .zero) }
        },
        lastLinks("contact-hash-of-another-record", "The link has the leaf hash of another record.", "broken-link") {
            links, log in
            changing(links, 1) { ($0.sequence, $0.previousIndex, log.leafHashes[7]) }
        },
        lastLinks("contact-sequence-too-large", "The link counts one record too many.", "wrong-sequence") { links, _ in
            changing(links, 1) { ($0.sequence + 1, $0.previousIndex, $0.previousLeafHash) }
        },
        lastLinks("contact-sequence-of-the-largest", "The sequence is 2^64 - 1.", "wrong-sequence") { links, _ in
            changing(links, 1) { (.max, $0.previousIndex, $0.previousLeafHash) }
        },
        lastLinks("contact-sequence-too-small", "The link has its predecessor's sequence.", "wrong-sequence", of: 9) {
            links, _ in
            changing(links, 1) { ($0.sequence - 1, $0.previousIndex, $0.previousLeafHash) }
        },
        lastLinks("contact-record-of-another", "The link names another person's record.", "link-to-other-chain") {
            links, log in
            changing(links, 1) { ($0.sequence, 7, log.leafHashes[7]) }
        },
        lastLinks("contact-governance-record", "The link names a record about nobody.", "link-to-other-chain") {
            links, log in
            changing(links, 1) { ($0.sequence, 5, log.leafHashes[5]) }
        },
        lastLinks("contact-begun-again", "The person's chain begins anew.", "chain-begun-again") { links, _ in
            [links[0], ChainLink(beginning: links[1].chain)]
        },
        lastLinks("contact-forked", "Two records name the person's first one.", "forked-chain", of: 9) { links, log in
            changing(links, 1) { _ in (1, 6, log.leafHashes[6]) }
        },
        lastLinks("business-another-hash", "The business's link has another leaf hash.", "broken-link") { links, _ in
            changing(links, 0) { ($0.sequence, $0.previousIndex, .zero) }
        },
        lastLinks("business-sequence-too-large", "The business's link counts one too many.", "wrong-sequence") {
            links, _ in
            changing(links, 0) { ($0.sequence + 1, $0.previousIndex, $0.previousLeafHash) }
        },
        lastLinks("business-begun-again", "The business's chain begins anew.", "chain-begun-again") { links, _ in
            [ChainLink(beginning: links[0].chain), links[1]]
        },
        lastLinks("business-forked", "Two records name the same one of the business.", "forked-chain") { links, log in
            changing(links, 0) { ($0.sequence - 1, 6, log.leafHashes[6]) }
        },
        lastLinks("business-skips-a-record", "The business's link names the last but one.", "forked-chain") {
            links, log in
            changing(links, 0) { ($0.sequence, 6, log.leafHashes[6]) }
        },
        ledgerLinks("ledger-another-hash", "The ledger's link has another leaf hash.", "broken-link") { links, _ in
            changing(links, 0) { ($0.sequence, $0.previousIndex, .zero) }
        },
        ledgerLinks("ledger-begun-again", "The ledger's chain begins anew.", "chain-begun-again") { links, _ in
            [ChainLink(beginning: .ledger)]
        },
        ledgerLinks("ledger-forked", "Two records name entry 4 in the ledger's chain.", "forked-chain") { links, log in
            changing(links, 0) { _ in (5, 4, log.leafHashes[4]) }
        },
        ledgerLinks(
            "ledger-record-that-is-in-no-such-chain", "The ledger's link names an opt-in.", "link-to-other-chain"
        ) { links, log in
            changing(links, 0) { ($0.sequence, 6, log.leafHashes[6]) }
        },
        secondContact("second-contact", "Both persons of a record go on from it.", nil) { log in
            log.leafHashes[8]
        },
        secondContact("second-contact-another-hash", "The second person's link has another hash.", "broken-link") { _ in
            .zero
        },
    ]

    private static let ana = LedgerStory.ana
    private static let ben = LedgerStory.ben

    /// Six records of governance, an opt-in of Ana's at 6, one of Ben's at 7.
    private static func founded() -> LogBuilder {
        let log = LogBuilder()
        log.found()
        log.optIn(ana)
        log.optIn(ben)
        return log
    }

    private static func linked(_ name: String, _ comment: String, _ code: String?, records: Int? = nil) -> Vector {
        guard records == nil else {
            let log = LogBuilder()
            log.open()
            return vector(name, comment, code, log)
        }
        return vector(name, comment, code, founded())
    }

    /// Opt-outs of Ana's from 8 to `index`, the last one with its links changed.
    private static func lastLinks(
        _ name: String, _ comment: String, _ code: String?, of index: UInt64 = 8, _ change: @escaping Change
    ) -> Vector {
        let log = founded()
        while log.size < index { log.optOut(of: ana) }
        log.optOut(of: ana, lie: .init(links: { change($0, log) }))
        return vector(name, comment, code, log)
    }

    /// A source authorised at 8, its link to the ledger's chain changed.
    private static func ledgerLinks(
        _ name: String, _ comment: String, _ code: String?, _ change: @escaping Change
    ) -> Vector {
        let log = founded()
        log.govern(
            .sourceAuthorized,
            [
                .authorizedSource: .text("kiosk"), .publicKey: .bytes(LedgerStory.stranger.key.publicKey.bytes),
                .custody: .text("external"),
            ], by: log.admin, lie: .init(links: { change($0, log) }))
        return vector(name, comment, code, log)
    }

    /// Ana and Ben linked at 8, and then an opt-out of whose handle is the larger.
    private static func secondContact(
        _ name: String, _ comment: String, _ code: String?, hash: @escaping (LogBuilder) -> SHA256Digest
    ) -> Vector {
        let log = founded()
        let web = LogBuilder.web
        log.append(log.event(.contactLinked, [:], source: web), by: web, business: "acme", contacts: [ana, ben])
        log.optOut(
            of: max(ana, ben),
            lie: .init(links: { changing($0, 1) { ($0.sequence, $0.previousIndex, hash(log)) } }))
        return vector(name, comment, code, log)
    }

    private static func changing(
        _ links: [ChainLink], _ number: Int, _ change: (ChainLink) -> (UInt64, UInt64, SHA256Digest)
    ) -> [ChainLink] {
        var links = links
        let (sequence, index, hash) = change(links[number])
        links[number] = ChainLink(
            chain: links[number].chain, sequence: sequence, previousIndex: index, previousLeafHash: hash)
        return links
    }

    private static func vector(_ name: String, _ comment: String, _ code: String?, _ log: LogBuilder) -> Vector {
        log.publish()
        return Vector(
            .links, name, comment, code.map { .tree($0) } ?? .accept,
            [
                "entries-hex": .hexes(log.entries), "vkey": .text(log.verifierKey.text),
                "checkpoint": .text(String(decoding: log.log.files["checkpoint"]!, as: UTF8.self)),
            ])
    }
}
