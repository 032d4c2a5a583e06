import ConsentAudit
import ConsentModel
import DamagedLedgers
import LedgerCrypto
import Testing

/// Random links, right and wrong, judged by the verifier and by the plain rule: a record's link names the head of its
/// chain, which is kept in a table here.
@Suite struct RandomChainTests {
    @Test(arguments: 0..<150) func agreesWithATableOfHeads(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        let builder = LogBuilder()
        builder.found()
        var heads: [Chain: (index: UInt64, sequence: UInt64)] = [
            .ledger: (5, 5), .business("acme"): (5, 1), .business("zoo"): (2, 0),
        ]
        var firstWrong: UInt64?
        let web = LogBuilder.web
        for _ in 0..<60 {
            let index = builder.size
            let isPair = random.next() % 5 == 0
            let first = Int(random.next() % 3)
            let contacts = isPair ? [first, first + 1] : [first]
            let event = isPair ? builder.event(.contactLinked, [:], source: web) : builder.grant()
            var lie = LogBuilder.Lie()
            if random.next() % 40 == 0 {
                let place = Int(random.next() % UInt64(contacts.count + 1))
                let previous = random.next() % index
                let sequence = random.next() % 6
                let isHashRight = random.next() % 4 != 0
                lie.links = { links in
                    var links = links
                    let hash = isHashRight ? builder.leafHashes[Int(previous)] : SHA256Digest(hashing: [])
                    links[place] =
                        sequence == 0
                        ? ChainLink(beginning: links[place].chain)
                        : ChainLink(
                            chain: links[place].chain, sequence: sequence, previousIndex: previous,
                            previousLeafHash: hash)
                    return links
                }
            }
            builder.append(event, by: web, business: "acme", contacts: contacts.map(LogBuilder.contact), lie: lie)
            let record = try Record(decoding: builder.entries[Int(index)][...])
            for link in record.links {
                let isRight =
                    if let head = heads[link.chain] {
                        link.sequence == head.sequence + 1 && link.previousIndex == head.index
                            && link.previousLeafHash == builder.leafHashes[Int(head.index)]
                    } else {
                        link.sequence == 0
                    }
                if !isRight, firstWrong == nil { firstWrong = index }
                heads[link.chain] = (index, link.sequence)
            }
        }
        builder.publish()
        let report = try await Verifier(reader: builder.log, pins: builder.pins).verify(level: .tree)
        #expect(report.findings.first?.index == firstWrong, "seed \(seed)")
        #expect(report.holds == (firstWrong == nil), "seed \(seed)")
        #expect(report.soundBelow == firstWrong ?? builder.size, "seed \(seed)")
        #expect(report.findings.allSatisfy { $0.level == .tree }, "seed \(seed)")
    }
}
