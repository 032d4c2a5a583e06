import ConsentModel
import ConsentRules
import Foundation
import Testing

@testable import ConsentLedger

/// Answering many questions at once changes no answer.
@Suite struct ScreeningTests {
    private static let seeds: [UInt64] = Array(1...24)

    /// Addresses of every kind that answers are looked up under: one line with two spellings included.
    private static let addresses: [ContactAddress] =
        (0..<24).map(LedgerWorld.phone)
        + [
            "+5491123456789", "+541123456789", "+22997123456", "+2290197123456", "ana@example.com",
            "whatsapp:US.1234567",
        ]
        .map { try! ContactAddress(parsing: $0) }

    /// Rules of every kind that bears on an answer: what is forbidden, what ends, what waits, and what counts uses.
    private static let rules = [
        #""kind":"cap","count":1,"days":30,"counted":"business""#,
        #""kind":"cap","count":2,"days":1,"counted":"channel""#,
        #""kind":"hours","from":"09:00","until":"21:00""#, #""kind":"consent-lasts","days":1"#,
        #""kind":"widen-opt-out""#, #""kind":"require-consent","or-recorded":["contract"]"#,
        #""kind":"prohibit""#,
    ]

    /// The adoption of a version of a pack, which may be of one business alone.
    private static func adoption(_ number: Int, _ random: inout SplitMix) throws -> EventDraft {
        // What forbids all is about one country in the middle of the addresses' countries alone.
        let chosen = rules.indices.filter { _ in random.next(below: 3) == 0 }
        let rules = chosen.map { rule in
            let scope =
                Self.rules[rule].contains("prohibit")
                ? #""classes":["marketing"],"recipient-countries":["AR"]"# : #""classes":["marketing"]"#
            return #"{"id":"r\#(rule)","scope":{\#(scope)},"effect":{\#(Self.rules[rule])},"meaning":"it says so","#
                + #""citation":{"source":"House","confidence":"verbatim","verified-on":"2026-11-22"}}"#
        }
        let name = ["house", "state", "platform"][random.next(below: 3)]
        let bytes = Array(
            (#"{"format":"consent-ledger/rule-pack/v1","pack":"\#(name)","version":"\#(number)","title":"Pack","rules":["#
                + rules.joined(separator: ",") + "]}").utf8)
        return EventDraft(
            adopting: bytes, try RulePack(parsing: bytes), business: random.next(below: 3) == 0 ? "acme" : nil,
            effectiveFrom: random.next(below: 2) == 0 ? .epoch : nil)
    }

    /// A ledger with a random history: opt-ins, opt-outs, links, changed and reassigned numbers, packs adopted and messages
    /// counted, some of it published and some in the journal alone.
    private static func randomLedger(
        _ seed: UInt64, directory: String? = nil, hasRules: Bool = true
    ) throws -> (world: LedgerWorld, writer: LedgerWriter) {
        var random = SplitMix(seed: seed)
        let (world, writer) = try LedgerWorld.make(label: "screen-\(seed)", directory: directory)
        let ledger = try Ledger(world.location, clock: world.clock)
        for number in 0..<120 {
            world.clock.pass(UInt64(random.next(below: 100_000)))
            let contact = addresses[random.next(below: addresses.count)]
            let business = random.next(below: 8) == 0 ? "beta" : "acme"
            var other = addresses[random.next(below: addresses.count)]
            while other == contact { other = addresses[random.next(below: addresses.count)] }
            let draft: EventDraft =
                switch random.next(below: 12) {
                case 0..<6: world.optIn(contact, business: business)
                case 6..<9: world.optOut(contact, business: business)
                case 9: world.linked(contact, other, business: business)
                case 10: world.changed(from: contact, to: other, business: business)
                default: world.reassigned(contact, business: business)
                }
            // Some are refused: there is nobody to reassign.
            _ = try writer.append([draft])
            if random.next(below: 60) == 0 { try writer.publish() }
            if hasRules, number % 30 == 29 { try writer.append(adoption(number, &random)) }
            if hasRules, number > 60, random.next(below: 3) == 0 {
                _ = try ledger.reserve(world.question(business), contact: contact)
            }
        }
        return (world, writer)
    }

    private static func outcome(_ result: Result<Answer, any Error>) -> String {
        switch result {
        case .success(let answer): "\(answer.decision) at \(answer.size), \(answer.lastRecordedAt)"
        case .failure(let error as RulesError): "error \(error.code.name)"
        case .failure(let error): "error \(error)"
        }
    }

    @Test(arguments: seeds) func aBatchIsAnsweredAsOneByOne(_ seed: UInt64) async throws {
        let (world, writer) = try Self.randomLedger(seed)
        var random = SplitMix(seed: seed &+ 1_000)
        let now = world.clock.moment.milliseconds
        var outcomes: Set<String> = []
        let folder = try TemporaryDirectory()
        for (isClosed, hasTable) in [(false, false), (false, true), (true, true), (true, false)] {
            if isClosed { try writer.close() }
            try Ledger(world.location).read { snapshot in
                let inquiries = (0..<200).map { _ in
                    var question = world.question(random.next(below: 6) == 0 ? "beta" : "acme")
                    question.at = Timestamp(milliseconds: now - UInt64(random.next(below: 10_000_000)))!
                    switch random.next(below: 4) {
                    case 0: question.knownAt = .size(UInt64(random.next(below: Int(snapshot.size) + 1)))
                    case 1: question.knownAt = .time(question.at)
                    default: break
                    }
                    if random.next(below: 40) == 0 { question.category = "nothing" }
                    return Inquiry(question, contact: Self.addresses[random.next(below: Self.addresses.count)])
                }
                let alone = inquiries.map { inquiry in
                    Self.outcome(Result { try snapshot.decide(inquiry.question, contact: inquiry.contact) })
                }
                let shared = hasTable ? SharedContactTable(.atOnce, in: folder.path) : nil
                let snapshot = snapshot.sharing(shared)
                #expect(try snapshot.decide(inquiries).map(Self.outcome) == alone, "seed \(seed), table \(hasTable)")
                #expect(shared?.isMade ?? true)
                // In pieces of any size, too.
                var pieces: [String] = []
                var rest = inquiries[...]
                while !rest.isEmpty {
                    let count = 1 + random.next(below: 40)
                    pieces += try snapshot.decide(Array(rest.prefix(count))).map(Self.outcome)
                    rest = rest.dropFirst(count)
                }
                #expect(pieces == alone, "seed \(seed), table \(hasTable)")
                outcomes.formUnion(alone.map { String($0.prefix { $0 != "[" }) })
            }
        }
        #expect(outcomes.count >= 3, "seed \(seed) tries little: \(outcomes)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        try world.check()
    }

    /// A file of every kind of row.
    private static let file: [UInt8] = {
        var text = "name,phone,city\r\n"
        for number in 0..<60 {
            text += "P\(number),+34 600 10 00 \(10 + number % 24),\"Vigo, \(number)\"\r\n"
            if number % 7 == 0 { text += "bad,+34600,x\n" }
            if number % 11 == 0 { text += "\"open,+34600100010,x\n" }
            if number % 13 == 0 { text += "short,+34600100011\nlong,+34600100011,x,y\n\n" }
        }
        return Array(text.utf8) + [0x44, 0xE9] + Array(",+34600100012,x".utf8)
    }()

    private func screen(
        _ bytes: [UInt8], batch: Int, chunk: Int, in ledger: Ledger, question: Question,
        options: ScreeningOptions = ScreeningOptions(), policy: SharedContactTable.Policy = .never
    ) throws -> (text: String, summary: ScreeningSummary) {
        var rest = bytes[...]
        var output: [UInt8] = []
        var summary = ScreeningSummary()
        try ledger.read { snapshot in
            var reader = ScreeningReader(options: options, batchCount: batch) {
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(chunk) }
                return Array(rest.prefix(chunk))
            }
            let layout = try reader.layout()
            output = layout.header
            let screening = try Screening(question, layout: layout, options: options, in: snapshot)
            let table = snapshot.sharedTable(policy)
            try snapshot.sharing(table).workShared(
                next: { try reader.next() },
                output: {
                    output += $0.bytes
                    summary.add($0.summary)
                }, doing: { snapshot, batch in try screening.screen(batch, in: snapshot) })
            if case .atOnce = policy { #expect(table?.isMade ?? true) }
        }
        return (String(decoding: output, as: UTF8.self), summary)
    }

    /// Neither the size of the batches nor how the file comes in pieces nor how many threads work on it changes anything.
    @Test(arguments: [false, true]) func theSizeOfBatchesChangesNothing(isInDirectory: Bool) throws {
        let directory = try TemporaryDirectory()
        let (world, writer) = try Self.randomLedger(
            77, directory: isInDirectory ? directory.path : nil, hasRules: false)
        let ledger = try Ledger(world.location)
        let whole = try screen(Self.file, batch: 100_000, chunk: 1 << 20, in: ledger, question: world.question())
        #expect(whole.summary.rows > 60 && whole.summary.count(.error) > 10 && whole.summary.count(.allow) > 3)
        #expect(whole.summary.count(.deny) > 3)
        let ways: [(Int, Int, SharedContactTable.Policy)] = [
            (1, 7, .never), (2, 1, .atOnce), (7, 4_096, .whenItPays(expected: 0)), (30, 64, .atOnce),
            (1_000, 13, .never),
        ]
        for (batch, chunk, policy) in ways {
            let other = try screen(
                Self.file, batch: batch, chunk: chunk, in: ledger, question: world.question(), policy: policy)
            #expect(other.text == whole.text, "batches of \(batch), chunks of \(chunk)")
            #expect(other.summary.grounds == whole.summary.grounds)
        }
        try writer.close()
        let settled = try screen(
            Self.file, batch: 5, chunk: 1_000, in: Ledger(world.location), question: world.question(), policy: .atOnce)
        #expect(settled.text == whole.text)
        try world.check()
    }

    /// While others write, every row of a run rests on the same records.
    @Test func aWriterDoesNotChangeARun() throws {
        let directory = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make(directory: directory.path)
        for number in 0..<200 { try writer.append(world.optIn(LedgerWorld.phone(number))) }
        let ledger = try Ledger(world.location)
        let lines = (0..<200).map { LedgerWorld.phone($0).text + "\n" }
        var question = world.question()
        question.at = .last
        var sent = 0
        var output = ""
        try ledger.read { snapshot in
            var reader = ScreeningReader(options: ScreeningOptions(), batchCount: 10) {
                guard sent < lines.count else { return nil }
                defer { sent += 1 }
                // Everyone leaves while the file is read.
                try writer.append(world.optOut(LedgerWorld.phone(199 - sent)))
                if sent == 100 { try writer.publish() }
                return Array(lines[sent].utf8)
            }
            let layout = try reader.layout()
            let screening = try Screening(question, layout: layout, options: ScreeningOptions(), in: snapshot)
            try snapshot.sharing(snapshot.sharedTable(.whenItPays(expected: 0))).workShared(
                next: { try reader.next() }, output: { output += String(decoding: $0.bytes, as: UTF8.self) },
                doing: { snapshot, batch in try screening.screen(batch, in: snapshot) })
        }
        let rows = output.split(separator: "\n")
        #expect(rows.count == 200)
        #expect(rows.enumerated().allSatisfy { $1.hasPrefix(LedgerWorld.phone($0).text + ",allow,") })
        try writer.close()
        try world.check()
    }

    @Test func aBatchThatFailsEndsTheRun() throws {
        struct Failure: Error {}
        let directory = try TemporaryDirectory()
        let (world, writer) = try LedgerWorld.make(directory: directory.path)
        try writer.close()
        var next = 0
        var given: [Int] = []
        #expect(throws: Failure.self) {
            try Ledger(world.location).read { snapshot in
                try snapshot.work(
                    next: {
                        next += 1
                        return next <= 1_000 ? next : nil
                    }, output: { given.append($0) },
                    doing: { _, number in
                        if number == 50 { throw Failure() }
                        return number
                    })
            }
        }
        #expect(given == Array(1..<50))
        #expect(next < 1_000)
    }
}
