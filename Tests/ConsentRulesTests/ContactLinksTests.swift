import ConsentModel
import ConsentRules
import Testing

/// Links and their ends, record by record, among a few contacts.
private struct LinkWorld {
    var catalog: Catalog
    var entries: [ContactHandle: [ContactTimeline.Entry]] = [:]
    private var pairs: [UInt64: (ContactHandle, ContactHandle)] = [:]

    init(_ ledger: TestLedger) { catalog = ledger.catalog }

    @discardableResult
    mutating func add(
        _ type: EventType, _ one: UInt8, _ other: UInt8, at index: UInt64, source: String = "web"
    ) throws -> EventID {
        let event = try Event(
            type, id: eventID(index), [.source: word(source), .commitment: .bytes(bytes32("commitment"))])
        let (one, other) = (contactHandle(one), contactHandle(other))
        for handle in [one, other] {
            entries[handle, default: []].append(
                ContactTimeline.Entry(
                    index: index, recordedAt: minute(Int(index)), keyIdentifier: keyIdentifier(source),
                    payload: .event(event)))
        }
        pairs[index] = (one, other)
        return event.id
    }

    mutating func void(_ id: EventID, of contact: UInt8, at index: UInt64) throws {
        let event = try Event(
            .eventVoided, id: eventID(index),
            [.source: word("web"), .commitment: .bytes(bytes32("commitment")), .concerns: .bytes(id.bytes)])
        entries[contactHandle(contact), default: []].append(
            ContactTimeline.Entry(
                index: index, recordedAt: minute(Int(index)), keyIdentifier: keyIdentifier("web"),
                payload: .event(event)))
    }

    /// The contacts that bind `contact`, each with the record from which on it does not; 0 stands for never ending.
    func binding(_ contact: UInt8, knownAt: KnownAt = .everything) throws -> [UInt8: UInt64] {
        let rules = LinkRules(catalog: catalog, knownAt: knownAt)
        let found = LinkRules.binding([contactHandle(contact)]) { handle in
            rules.links(of: ContactTimeline(handle: handle, entries: entries[handle] ?? [])) { index in
                pairs[index].map { $0.0 == handle ? $0.1 : $0.0 }
            }
        }
        return Dictionary(uniqueKeysWithValues: found.map { ($0.contact.bytes[0], $0.until ?? 0) })
    }
}

@Suite struct ContactLinksTests {
    private let ledger: TestLedger

    init() throws { ledger = try TestLedger.furnished() }

    @Test func anUnlinkedContactBindsWithWhatCameBefore() throws {
        var world = LinkWorld(ledger)
        try world.add(.contactLinked, 1, 2, at: 100)
        #expect(try world.binding(1) == [1: 0, 2: 0])
        try world.add(.contactUnlinked, 2, 1, at: 110)
        #expect(try world.binding(1) == [1: 0, 2: 110])
        #expect(try world.binding(2) == [1: 110, 2: 0])
        // What was not known yet is as if it were not there.
        #expect(try world.binding(1, knownAt: .size(110)) == [1: 0, 2: 0])
        #expect(try world.binding(1, knownAt: .time(minute(109))) == [1: 0, 2: 0])
        #expect(try world.binding(1, knownAt: .size(100)) == [1: 0])
        try world.add(.contactUnlinked, 1, 2, at: 120)
        #expect(try world.binding(1) == [1: 0, 2: 110], "nothing was linked any more")
        try world.add(.contactLinked, 1, 2, at: 130)
        #expect(try world.binding(1) == [1: 0, 2: 0])
    }

    @Test func withoutALinkThereIsNothingToEnd() throws {
        var world = LinkWorld(ledger)
        try world.add(.contactUnlinked, 1, 2, at: 100)
        #expect(try world.binding(1) == [1: 0])
    }

    @Test func aChangedNumberIsALink() throws {
        var world = LinkWorld(ledger)
        // The event of a change names the old contact; which that is does not matter here.
        let event = try Event(
            .contactChanged, id: eventID(100),
            [
                .source: word("web"), .commitment: .bytes(bytes32("commitment")),
                .fromHandle: .bytes(contactHandle(1).bytes),
            ])
        try world.add(.contactLinked, 1, 2, at: 100)
        for (handle, entries) in world.entries {
            world.entries[handle] = entries.map {
                ContactTimeline.Entry(
                    index: $0.index, recordedAt: $0.recordedAt, keyIdentifier: $0.keyIdentifier, payload: .event(event))
            }
        }
        #expect(try world.binding(2) == [1: 0, 2: 0])
    }

    @Test func whatPassedOnBeforeTheUnlinkingStays() throws {
        var world = LinkWorld(ledger)
        try world.add(.contactLinked, 1, 2, at: 100)
        try world.add(.contactLinked, 2, 3, at: 110)
        try world.add(.contactUnlinked, 1, 2, at: 120)
        #expect(try world.binding(1) == [1: 0, 2: 120, 3: 120])
        // Linked to 2 only after 2 was unlinked from 1: nothing of 4's ever reached 1.
        try world.add(.contactLinked, 2, 4, at: 130)
        #expect(try world.binding(1) == [1: 0, 2: 120, 3: 120])
        #expect(try world.binding(4) == [1: 120, 2: 0, 3: 0, 4: 0], "what 1 had passed on to 2 is passed on")
    }

    @Test func aDoubtfulUnlinkingEndsNothing() throws {
        var ledger = ledger
        try ledger.revoke("shop", compromisedSince: minute(0))
        var world = LinkWorld(ledger)
        try world.add(.contactLinked, 1, 2, at: 200, source: "shop")
        try world.add(.contactUnlinked, 1, 2, at: 210, source: "shop")
        #expect(try world.binding(1) == [1: 0, 2: 0])
        let id = try world.add(.contactUnlinked, 1, 2, at: 220)
        #expect(try world.binding(1) == [1: 0, 2: 220])
        try world.void(id, of: 1, at: 230)
        #expect(try world.binding(1) == [1: 0, 2: 0])
    }

    /// Random links and ends against a model that passes every restriction on, step by step.
    @Test func theRulesEqualTheNaiveModel() throws {
        for seed in UInt64(0)..<3_000 {
            var generator = SeededGenerator(seed: seed)
            var world = LinkWorld(ledger)
            let contacts: ClosedRange<UInt8> = 1...5
            var live: Set<[UInt8]> = []
            // The restrictions (contact, index) that have reached a contact.
            var reached: [UInt8: Set<[UInt64]>] = [:]
            var restrictions: [(contact: UInt8, index: UInt64)] = []
            var log: [String] = []
            for index in UInt64(100)..<UInt64(100 + Int.random(in: 1...30, using: &generator)) {
                let one = UInt8.random(in: contacts, using: &generator)
                let other = UInt8.random(in: contacts, using: &generator)
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<3 where one != other:
                    try world.add(.contactLinked, one, other, at: index)
                    live.insert([min(one, other), max(one, other)])
                    log.append("\(index): link \(one) \(other)")
                case 3..<6 where one != other:
                    // Sooner a link that is there than none.
                    let pair = live.sorted { $0.lexicographicallyPrecedes($1) }.randomElement(using: &generator)
                    let (one, other) = pair.map { ($0[0], $0[1]) } ?? (one, other)
                    try world.add(.contactUnlinked, one, other, at: index)
                    live.remove([min(one, other), max(one, other)])
                    log.append("\(index): unlink \(one) \(other)")
                default:
                    restrictions.append((one, index))
                    reached[one, default: []].insert([UInt64(one), index])
                    log.append("\(index): stop of \(one)")
                }
                for _ in contacts {
                    for pair in live {
                        let union = (reached[pair[0]] ?? []).union(reached[pair[1]] ?? [])
                        (reached[pair[0]], reached[pair[1]]) = (union, union)
                    }
                }
            }
            for contact in contacts {
                let binding = try world.binding(contact)
                let bound = restrictions.filter { restriction in
                    binding[restriction.contact].map { $0 == 0 || restriction.index < $0 } ?? false
                }
                guard Set(bound.map { [UInt64($0.contact), $0.index] }) == reached[contact] ?? [] else {
                    Issue.record("seed \(seed), contact \(contact): \(bound), not \(reached[contact] ?? [])\n\(log)")
                    return
                }
            }
        }
    }
}
