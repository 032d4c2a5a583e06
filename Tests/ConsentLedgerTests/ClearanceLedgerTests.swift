import ConsentAudit
import ConsentModel
import ConsentRules
import LedgerCrypto
import LedgerStorage
import Testing
import TransparencyLog

@testable import ConsentLedger

/// Clearances that a ledger gives: verified, anchored and computed again by those who trust nobody.
@Suite struct ClearanceLedgerTests {
    /// A clearance and its leaves, framed.
    private struct Campaign {
        var signed: SignedClearance
        var leaves: [DecisionLeaf]
        var bytes: [UInt8]
    }

    private let world: LedgerWorld
    private let random = SeededRandomSource(label: "clearances")

    /// People of all kinds, nine records and more: who opted in, out, both, who is linked, and who has two spellings.
    private static let people = (0..<8).map { LedgerWorld.phone($0) }
    private static let mobile = try! ContactAddress(parsing: "+5491123456789")
    private static let landline = try! ContactAddress(parsing: "+541123456789")

    init() throws {
        let (world, writer) = try LedgerWorld.make(label: "clearances")
        self.world = world
        let people = Self.people
        try writer.appendAll([
            world.optIn(people[0]), world.optIn(people[1]), world.optOut(people[1]), world.optIn(people[2]),
            world.optIn(people[3]), world.linked(people[2], people[3]), world.optOut(people[3]),
            world.optIn(people[4], business: "beta"), world.optIn(Self.mobile), world.optOut(Self.landline),
            world.changed(from: people[5], to: people[6]),
        ])
        try writer.close()
    }

    private var everyone: [ContactAddress] { Self.people + [Self.mobile, Self.landline] }

    private func campaign(
        of people: [ContactAddress], business: String = "acme", validFor: UInt64 = ClearanceTerms.usualValidity
    ) throws -> Campaign {
        let ledger = try Ledger(world.location)
        return try ledger.read { snapshot in
            let question = world.question(business)
            let terms = try ClearanceTerms(snapshot, decidedAt: question.at, validFor: validFor)
            var bytes: [UInt8] = []
            var leaves: [DecisionLeaf] = []
            var builder = ClearanceBuilder(terms) { bytes += $0 }
            for person in people {
                let decision = try terms.decision(
                    snapshot.decide(question, contact: person), contact: person,
                    reach: snapshot.reach(of: person, business: business), rules: snapshot.rules(for: business),
                    reference: "spring", random: random)
                leaves.append(decision.leaf)
                try builder.add(decision)
            }
            let signed = try builder.finish(world.location.logSigner(in: snapshot.catalog))
            return Campaign(signed: signed, leaves: leaves, bytes: bytes)
        }
    }

    private func published() throws -> PublishedLog { try PublishedLog(reader: StoredLog(storage: world.storage)) }

    private func report(
        _ campaign: Campaign, at time: Timestamp? = nil, ledgerID: SHA256Digest? = nil
    ) throws -> ClearanceReport {
        var pieces = [campaign.bytes][...]
        return try ClearanceVerifier(keys: published().namedKeys(), ledgerID: ledgerID, at: time)
            .verify(campaign.signed, leaves: { pieces.popFirst() })
    }

    /// How the decisions differ, computed again by one reading of the log; which is how they differ each by its own.
    private func differences(_ campaign: Campaign) throws -> [[ReplayDifference]] {
        let replay = try ClearanceReplay(campaign.signed.clearance, in: published())
        let histories = try replay.histories(of: campaign.leaves.flatMap(\.contacts))
        let together = try campaign.leaves.map { try replay.differences(of: $0, by: histories) }
        for (leaf, found) in zip(campaign.leaves, together) {
            #expect(try replay.differences(of: leaf, by: replay.histories(of: leaf.contacts)) == found)
        }
        return together
    }

    /// Signs leaves as the ledger would, whatever they say.
    private func signed(_ leaves: [DecisionLeaf], like signed: SignedClearance) throws -> Campaign {
        var tree = ClearanceTree()
        for leaf in leaves {
            tree.append(MerkleHash.leaf(leaf.encoded().bytes), question: leaf.encoded().question)
        }
        let old = signed.clearance
        let clearance = try Clearance(
            origin: old.origin, ledgerID: old.ledgerID, count: tree.count, root: tree.root, logSize: old.logSize,
            logRoot: old.logRoot, decidedAt: old.decidedAt, notAfter: old.notAfter, inputs: tree.inputs)
        let signer = try Ledger(world.location).read { try world.location.logSigner(in: $0.catalog) }
        return Campaign(
            signed: try SignedClearance(signing: clearance, with: signer), leaves: leaves,
            bytes: try leaves.flatMap { try LeafStream.framed($0.encoded().bytes) })
    }

    // MARK: -

    @Test func everyAnswerHoldsAndIsComputedAgain() throws {
        let campaign = try campaign(of: everyone)
        #expect(
            campaign.leaves.map(\.outcome) == [
                .allow, .deny, .deny, .deny, .deny, .deny, .deny, .deny, .deny, .deny,
            ])
        #expect(campaign.leaves[8].reasons.map(\.code) == ["withdrawn"])
        #expect(campaign.leaves[8].otherHandles.count == 1 && campaign.leaves[7].handle == nil)
        let report = try report(campaign, at: world.question().at)
        #expect(report.holds, "\(report.findings.map(\.sentence))")
        #expect(report.outcomes == [.allow: 1, .deny: 9])
        let differences = try differences(campaign)
        #expect(differences.joined().isEmpty, "\(differences)")
    }

    /// Whatever comes later, the answer of then is computed from the log of then.
    @Test func laterRecordsChangeNothing() throws {
        let campaign = try campaign(of: everyone)
        let before = try published().size
        let writer = try world.open()
        try writer.appendAll(everyone.map { world.optOut($0) } + [world.linked(everyone[0], everyone[1])])
        try writer.close()
        #expect(try published().size == before + 11)
        #expect(try differences(campaign).allSatisfy(\.isEmpty))
        #expect(try report(campaign).holds)
    }

    /// A clearance names the packs that counted by their hashes, and is computed again by those, whatever is adopted later.
    @Test func thePacksOfThenCount() throws {
        func pack(_ version: String, _ effect: String) -> [UInt8] {
            Array(
                """
                {"format":"consent-ledger/rule-pack/v1","pack":"house","version":"\(version)","title":"House","rules":[
                {"id":"no-offers","scope":{"channels":["whatsapp"],"classes":["marketing"]},"effect":{\(effect)},
                "meaning":"no offers","citation":{"source":"House","confidence":"verbatim","verified-on":"2026-11-22"}}]}
                """.utf8)
        }
        let first = pack("1", #""kind":"prohibit""#)
        let second = pack("2", #""kind":"widen-opt-out""#)
        func adopt(_ bytes: [UInt8]) throws {
            let writer = try world.open(label: "adopt")
            try writer.append(
                EventDraft(adopting: bytes, try RulePack(parsing: bytes), business: nil, effectiveFrom: .epoch))
            try writer.close()
        }
        let before = try campaign(of: everyone)
        try adopt(first)
        let between = try campaign(of: everyone)
        try adopt(second)
        let after = try campaign(of: everyone)
        #expect(before.leaves[0].outcome == .allow && before.leaves[0].packs.isEmpty)
        let denied = between.leaves[0]
        #expect(denied.outcome == .deny && denied.reasons.map(\.code) == ["prohibited"])
        #expect(denied.packs.map(\.digest) == [SHA256Digest(hashing: first)] && denied.packs[0].version == "1")
        #expect(denied.reasons[0].rule?.pack == denied.packs[0].digest && denied.reasons[0].rule?.rule == "no-offers")
        #expect(after.leaves[0].outcome == .allow && after.leaves[0].packs.map(\.version) == ["2"])
        for campaign in [before, between, after] {
            #expect(try report(campaign).holds)
            #expect(try differences(campaign).allSatisfy(\.isEmpty))
        }
        // An answer under the packs of another day is not that day's.
        let moved = try signed(between.leaves, like: before.signed)
        #expect(try differences(moved)[0].map(\.part.name) == ["packs", "outcome", "reasons"])
        try world.storage.remove(LedgerPaths.object(SHA256Digest(hashing: first)))
        #expect(throws: AuditError(.missingFile, "")) { try differences(between) }
        #expect(try differences(before).allSatisfy(\.isEmpty))
    }

    /// The key that signs clearances is the operator's own. Computed again, a false answer shows.
    @Test func aFalseAnswerIsFound() throws {
        let honest = try campaign(of: everyone)
        func told(_ leaf: DecisionLeaf, _ change: (DecisionLeaf) throws -> DecisionLeaf) throws -> [String] {
            let untrue = try signed([change(leaf)], like: honest.signed)
            #expect(try report(untrue).holds, "it is signed, and of the right form")
            return try differences(untrue)[0].map(\.part.name)
        }
        let yes = honest.leaves[0]
        // A no made a yes; a yes with another reason; a person whose handle is left out, and so the opt-out.
        let allowing = try decision(yes)
        #expect(try told(honest.leaves[1]) { try remade($0, decision: allowing) } == ["outcome", "reasons"])
        let denial = try decision(honest.leaves[7])
        #expect(try told(yes) { try remade($0, decision: denial) } == ["outcome", "reasons"])
        #expect(try told(honest.leaves[8]) { try remade($0, decision: allowing, others: []) } == ["reasons"])
        #expect(
            try told(yes) { try remade($0, decision: allowing, handle: contactHandle(99)) }
                == ["handles", "outcome", "reasons"])
        let pack = DecisionLeaf.PackInForce(name: "whatsapp", version: "1", digest: .zero, adoption: 1)
        #expect(try told(yes) { try remade($0, decision: allowing, packs: [pack]) } == ["packs"])
    }

    private func contactHandle(_ number: UInt8) -> ContactHandle {
        ContactHandle([UInt8](repeating: number, count: 16))!
    }

    /// The decision that a leaf was made of.
    private func decision(_ leaf: DecisionLeaf) throws -> Decision {
        try Ledger(world.location).read { snapshot in
            try snapshot.decide(leaf.question, contact: ContactAddress(parsing: leaf.contact)).decision
        }
    }

    private func remade(
        _ leaf: DecisionLeaf, decision: Decision, handle: ContactHandle? = nil, others: [ContactHandle]? = nil,
        packs: [DecisionLeaf.PackInForce] = []
    ) throws -> DecisionLeaf {
        try DecisionLeaf(
            leaf.question, contact: leaf.contact, handle: handle ?? leaf.handle,
            otherHandles: others ?? leaf.otherHandles, decision: decision, packs: packs, reference: leaf.reference,
            ledgerID: leaf.ledgerID, salt: leaf.salt)
    }

    /// Every byte of the leaves changed, dropped or doubled: found.
    @Test func everyByteOfACampaignCounts() throws {
        var campaign = try campaign(of: Array(everyone.prefix(3)))
        let bytes = campaign.bytes
        for place in bytes.indices {
            for change in 0..<3 {
                campaign.bytes = bytes
                switch change {
                case 0: campaign.bytes[place] ^= 1 << (place % 8)
                case 1: campaign.bytes.remove(at: place)
                default: campaign.bytes.insert(bytes[place], at: place)
                }
                #expect(try !report(campaign).holds, "byte \(place), change \(change)")
            }
        }
        // Whole decisions left out, added, or in another order.
        let framed = try campaign.leaves.map { try LeafStream.framed($0.encoded().bytes) }
        for order in [[0, 1], [0, 1, 2, 2], [1, 0, 2], []] {
            campaign.bytes = order.flatMap { framed[$0] }
            #expect(try !report(campaign).holds, "\(order)")
        }
    }

    @Test func oneRecordAnchorsAllOfThem() throws {
        let campaign = try campaign(of: everyone)
        #expect(try published().anchor(of: campaign.signed.clearance) == nil)
        let writer = try world.open()
        let draft = EventDraft(anchoring: campaign.signed.clearance)
        let outcome = try writer.append(draft)
        #expect(try writer.append(draft) == .alreadyRecorded(index: outcome.index))
        try writer.close()
        let again = try world.open()
        #expect(try again.append(draft) == .alreadyRecorded(index: outcome.index))
        try again.close()
        let anchor = try #require(try published().anchor(of: campaign.signed.clearance))
        #expect(anchor.index == outcome.index)
        // Other decisions, of the same people at the same moment, are not those.
        #expect(try published().anchor(of: self.campaign(of: everyone).signed.clearance) == nil)
        // A record that names the root and anything else wrongly is no anchor.
        let logged = try LoggedEvent(try published().record(at: anchor.index))
        for change in 0..<4 {
            let old = campaign.signed.clearance
            let other = try Clearance(
                origin: old.origin, ledgerID: old.ledgerID, count: change == 0 ? 11 : old.count, root: old.root,
                logSize: change == 1 ? old.logSize - 1 : old.logSize, logRoot: change == 2 ? .zero : old.logRoot,
                decidedAt: old.decidedAt, notAfter: old.notAfter, inputs: change == 3 ? .zero : old.inputs)
            #expect(ClearanceAnchor(logged, of: other) == nil, "\(change)")
        }
        #expect(ClearanceAnchor(logged, of: campaign.signed.clearance) == anchor)
    }

    /// Another ledger's clearance is neither anchored nor computed again here.
    @Test func anotherLedgersClearanceIsRefused() throws {
        let (other, writer) = try LedgerWorld.make(label: "another")
        try writer.close()
        let campaign = try campaign(of: everyone)
        let stored = try PublishedLog(reader: StoredLog(storage: other.storage))
        #expect(throws: AuditError(.foreignClearance, "")) {
            try ClearanceReplay(campaign.signed.clearance, in: stored)
        }
        #expect(throws: LedgerError(.badInput, "")) {
            try Ledger(other.location).read { try $0.confirm(campaign.signed) }
        }
        #expect(throws: Never.self) { try Ledger(world.location).read { try $0.confirm(campaign.signed) } }
        // One that rests on records that the log never had.
        let old = campaign.signed.clearance
        let signer = try Ledger(world.location).read { try world.location.logSigner(in: $0.catalog) }
        let contradicting = try SignedClearance(
            signing: Clearance(
                origin: old.origin, ledgerID: old.ledgerID, count: old.count, root: old.root, logSize: old.logSize,
                logRoot: .zero, decidedAt: old.decidedAt, notAfter: old.notAfter, inputs: old.inputs),
            with: signer)
        #expect(throws: LedgerError(.damaged, "")) {
            try Ledger(world.location).read { try $0.confirm(contradicting) }
        }
        #expect(throws: AuditError(.foreignClearance, "")) {
            try ClearanceReplay(contradicting.clearance, in: published())
        }
        let larger = try Clearance(
            origin: old.origin, ledgerID: old.ledgerID, count: old.count, root: old.root, logSize: old.logSize + 1,
            logRoot: .zero, decidedAt: old.decidedAt, notAfter: old.notAfter, inputs: old.inputs)
        #expect(throws: AuditError(.outOfRange, "")) { try ClearanceReplay(larger, in: published()) }
        #expect(try !report(campaign, ledgerID: .zero).holds)
    }

    /// What was not asked about now, by all that is known, clears nothing.
    @Test func onlyWhatIsToBeSentIsCleared() throws {
        let ledger = try Ledger(world.location)
        try ledger.read { snapshot in
            var question = world.question()
            let reach = try snapshot.reach(of: Self.people[0], business: "acme")
            let rules = try snapshot.rules(for: "acme")
            let terms = try ClearanceTerms(snapshot, decidedAt: question.at)
            #expect(terms.notAfter == question.at.adding(milliseconds: 900_000))
            func clear(_ question: Question) throws {
                _ = try terms.decision(
                    snapshot.decide(question, contact: Self.people[0]), contact: Self.people[0], reach: reach,
                    rules: rules)
            }
            #expect(throws: Never.self) { try clear(question) }
            question.at = terms.notAfter
            #expect(throws: Never.self) { try clear(question) }
            question.at = terms.notAfter.adding(milliseconds: 1)
            #expect(throws: LedgerError(.badInput, "")) { try clear(question) }
            question.at = terms.decidedAt.subtracting(milliseconds: 1)
            #expect(throws: LedgerError(.badInput, "")) { try clear(question) }
            question.at = terms.decidedAt
            question.knownAt = .size(9)
            #expect(throws: ModelError(.badValue, "")) { try clear(question) }
            for validity in [0, 86_400_001] as [UInt64] {
                #expect(throws: LedgerError(.badInput, "")) {
                    try ClearanceTerms(snapshot, decidedAt: question.at, validFor: validity)
                }
            }
            #expect(throws: LedgerError(.badInput, "")) {
                try ClearanceBuilder(terms) { _ in }.finish(world.location.logSigner(in: snapshot.catalog))
            }
        }
    }

    /// An origin under which a clearance could be taken for a checkpoint makes no ledger.
    @Test func noLedgerHasAnOriginThatBeginsAsTextsOfTheFormatDo() {
        for origin in ["consent-ledger/clearance/v1", "consent-ledger/"] {
            let location = LedgerLocation(storage: MemoryStorage(), databases: .memory(MemoryDatabases()))
            #expect(throws: LedgerError(.badInput, "")) {
                try LedgerCreation(origin: origin, isTest: true).create(at: location)
            }
        }
    }
}
