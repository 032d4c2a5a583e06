import Foundation
import Testing

/// `attach`, `attachment list` and `attachment open`, and proofs of imported rows, through the built program.
@Suite struct AttachCommandTests {
    static let ana = "+34600111222"

    private let place: Workplace

    init() throws {
        place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.ana, "--notice", "web"])
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: place.path(name)))
    }

    private func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: place.path(name))))
    }

    private func kept() throws -> Int {
        let folder = place.path("consent.ledger/private/sealed/attachments")
        return (FileManager.default.subpaths(atPath: folder) ?? []).filter { $0.contains("/") }.count
    }

    @Test func attachesListsAndOpens() throws {
        let scan = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try write(scan, to: "firma ñ.pdf")
        try write([1, 2, 3], to: "call.mp3")
        let attached = try place.succeed(["attach", Self.ana, "firma ñ.pdf", "call.mp3"])
        #expect(
            attached.output
                == "Attached firma ñ.pdf (application/pdf, 300.0 kB) to record 4, consent-given (record 5).\n"
                + "Attached call.mp3 (audio/mpeg, 3 bytes) to record 4, consent-given (record 6).\n")
        let again = try place.succeed(["attach", Self.ana, "call.mp3", "--json"])
        let objects = try #require(try again.json() as? [[String: Any]])
        #expect(objects.count == 1 && objects[0]["result"] as? String == "already-recorded")
        #expect(objects[0]["index"] as? Int == 6 && objects[0]["concerns-record"] as? Int == 4)
        let listed = try place.succeed(["attachment", "list", Self.ana]).output
        #expect(listed.hasPrefix("RECORD  OF RECORD  FILE"))
        #expect(listed.contains("firma ñ.pdf") && listed.contains("kept"))
        let rows = try #require(
            try place.succeed(["attachment", "list", Self.ana, "--json"]).json() as? [[String: Any]])
        #expect(rows.map { $0["index"] as? Int } == [5, 6] && rows.allSatisfy { $0["kept"] as? Bool == true })
        let opened = try place.succeed(["attachment", "open", "5", "-o", "out.pdf"]).output
        #expect(opened == "out.pdf: firma ñ.pdf (application/pdf, 300.0 kB), as record 5 commits to it.\n")
        #expect(try read("out.pdf") == scan)
        let mode = try FileManager.default.attributesOfItem(atPath: place.path("out.pdf"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
        // Nothing is overwritten.
        #expect(try place.run(["attachment", "open", "6", "-o", "out.pdf"]).status == 65)
        #expect(try read("out.pdf") == scan)
        #expect(try place.succeed(["history", Self.ana]).output.contains("file-name: firma ñ.pdf"))
        #expect(try place.succeed(["verify"]).output.hasPrefix("Holds."))
        #expect(try place.run(["attachment", "open", "4", "-o", "x"]).status == 65)
        #expect(try place.run(["attachment", "open", "99", "-o", "x"]).status == 65)
        #expect(try place.succeed(["attachment", "list", "+34600111999"]).output.hasPrefix("Nothing was attached"))
    }

    @Test func whatCannotBeAttachedIsToldAndNothingIsLeft() throws {
        try write([], to: "empty.png")
        try write([1], to: "good.png")
        try write([1], to: "closed.png")
        try FileManager.default.createDirectory(atPath: place.path("folder"), withIntermediateDirectories: false)
        _ = try place.shell("mkfifo pipe; truncate -s 209715201 large.bin; ln -s nowhere dangling")
        for (name, status, words) in [
            ("empty.png", 65, "is empty"), ("folder", 65, "is a folder"), ("pipe", 65, "no plain file"),
            ("/dev/zero", 65, "no plain file"), ("large.bin", 65, "209715201 bytes"),
            ("absent.png", 66, "No such file"), ("dangling", 66, "No such file"),
        ] as [(String, Int32, String)] {
            // One bad file, wherever it stands, and none is attached.
            let outcome = try place.run(["attach", Self.ana, "good.png", name])
            #expect(outcome.status == status && outcome.errors.contains(words), "\(name): \(outcome.errors)")
        }
        for (arguments, status) in [
            (["+34600111333", "good.png"], 65), ([Self.ana, "good.png", "--record", "3"], 65),
            ([Self.ana, "good.png", "--type", "picture"], 65), ([Self.ana, "good.png", "--source", "nobody"], 77),
            ([Self.ana], 64), (["12", "good.png"], 65),
        ] as [([String], Int32)] {
            let outcome = try place.run(["attach"] + arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome.status) \(outcome.errors)")
        }
        #expect(try kept() == 0)
        #expect(try place.succeed(["log", "--json"]).json() as? [Any] != nil)
        #expect(try place.succeed(["attachment", "list", Self.ana]).output.hasPrefix("Nothing was attached"))
        // Somebody who only ever left has no opt-in that a file could be evidence of, but a record.
        try place.succeed(["opt-out", "+34600111444"])
        #expect(try place.run(["attach", "+34600111444", "good.png"]).errors.contains("--record"))
        try place.succeed(["attach", "+34600111444", "good.png", "--record", "5"])
        #expect(try place.succeed(["verify"]).output.hasPrefix("Holds."))
    }

    @Test func whatWasDamagedDoesNotComeOut() throws {
        try write([UInt8](repeating: 7, count: 100_000), to: "scan.png")
        try place.succeed(["attach", Self.ana, "scan.png"])
        let path = try place.shell("ls consent.ledger/private/sealed/attachments/*/*").output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let sealed = try read(path)
        func outcome(_ bytes: [UInt8]) throws -> Workplace.Outcome {
            try write(bytes, to: path)
            return try place.run(["attachment", "open", "5", "-o", "out.png"])
        }
        var late = sealed
        late[late.count - 1] ^= 1
        for wrong in [late, Array(sealed.dropLast()), sealed + [0], []] {
            let result = try outcome(wrong)
            #expect(result.status == 2, "\(result.errors)")
            // What was opened before the damage was met is not there either.
            #expect(!FileManager.default.fileExists(atPath: place.path("out.png")))
        }
        #expect(try place.shell("ls -a").output.contains("unfinished") == false)
        try FileManager.default.removeItem(atPath: place.path(path))
        #expect(try place.run(["attachment", "open", "5", "-o", "out.png"]).errors.contains("is missing"))
        #expect(try place.succeed(["attachment", "list", Self.ana]).output.contains("missing"))
        try write(sealed, to: path)
        try place.succeed(["attachment", "open", "5", "-o", "out.png"])
        #expect(try read("out.png") == [UInt8](repeating: 7, count: 100_000))
    }

    // MARK: Imported proofs

    @Test func importedRowsBringTheirProofs() throws {
        _ = try place.shell("mkdir -p crm/scans; printf scan-1 > crm/scans/1.pdf; printf scan-2 > crm/scans/2.pdf")
        try place.write(
            """
            phone,status,captured-at,ip,user-agent,page-url,proof
            +34600111501,opt-in,2026-01-05T10:00:00Z,192.0.2.7,Mozilla/5.0,https://acme.example/form,scans/1.pdf
            +34600111502,opt-in,2026-01-05,,,,scans/absent.pdf
            +34600111503,opt-out,2026-01-05,,,,scans/absent.pdf
            +34600111504,opt-out,2026-01-05,,,,scans/2.pdf
            +34600111505,opt-in,2026-01-05,,,,../secret
            +34600111506,opt-in,2026-01-05,,,,/etc/passwd
            +34600111507,opt-in,2026-01-05,,,,scans/out.pdf
            +34600111508,opt-in,2026-01-05,,,,

            """, to: "crm/crm.csv")
        _ = try place.shell("echo secret > secret; ln -s ../../secret crm/scans/out.pdf")
        let run = [
            "import", "crm/crm.csv", "--format", "csv", "--notice-unknown", "--channel", "whatsapp", "--category",
            "marketing", "--results", "results.csv",
        ]
        let first = try place.run(run)
        #expect(first.status == 65)
        #expect(
            first.output.contains(
                "8 items: 4 recorded, 0 recorded before, 0 held for review, 0 with nothing to record, 4 rejected."))
        let results = try String(contentsOfFile: place.path("results.csv"), encoding: .utf8)
            .split(whereSeparator: \.isNewline).map(String.init)
        for (row, words) in [
            (1, "its proof is attached as record"), (2, "the proof cannot be had"), (3, "its proof was not attached"),
            (4, "its proof is attached as record"), (5, "not the path of a file"), (6, "not the path of a file"),
            (7, "leads out of the folder"),
        ] { #expect(results[row].contains(words), "\(results[row])") }
        #expect(results[3].contains("recorded") && results[2].contains("rejected"))
        #expect(try kept() == 2)

        let history = try place.succeed(["history", "+34600111501"]).output
        #expect(history.contains("imported; attested by cli; not witnessed"))
        for words in [
            "ip: 192.0.2.7", "user-agent: Mozilla/5.0", "url: https://acme.example/form", "file-name: 1.pdf",
            "occurred-at: 2026-01-05T10:00:00Z",
        ] { #expect(history.contains(words), "\(words)") }
        let explained = try place.run([
            "check", "+34600111501", "--category", "marketing", "--channel", "whatsapp", "--explain",
        ]).output
        #expect(explained.contains("imported; attested by cli; not witnessed"), "\(explained)")
        let rows = try #require(
            try place.succeed(["attachment", "list", "+34600111501", "--json"]).json() as? [[String: Any]])
        let index = try #require(rows.first?["index"] as? Int)
        try place.succeed(["attachment", "open", String(index), "-o", "out"])
        #expect(try read("out") == Array("scan-1".utf8))

        // Again: nothing twice; and a proof that is there now comes to what was recorded without it.
        let recorded = try place.recorded()
        let second = try place.run(run)
        #expect(second.output.contains("0 recorded, 4 recorded before"))
        #expect(try place.recorded() == recorded)
        _ = try place.shell("printf scan-3 > crm/scans/absent.pdf")
        let third = try place.run(run)
        #expect(third.output.contains("1 recorded, 4 recorded before"))
        #expect(try kept() == 4)
        // Of somebody who was forgotten and comes back by the same list, it is of the record of then.
        try place.succeed(["erase", "+34600111501", "--now", "--forget-completely"])
        #expect(try place.run(run).output.contains("1 recorded, 4 recorded before"))
        let again = try #require(
            try place.succeed(["attachment", "list", "+34600111501", "--json"]).json() as? [[String: Any]])
        #expect(again.count == 1 && again.first?["concerns-record"] is Int, "\(again)")
        #expect(try kept() == 4)
        // From elsewhere, and without a place to look.
        #expect(try place.run(run + ["--attachments", "crm/scans", "--dry-run"]).status == 65)
        let text = try String(contentsOfFile: place.path("crm/crm.csv"), encoding: .utf8)
        let piped = try place.run(run.map { $0 == "crm/crm.csv" ? "-" : $0 }, input: text)
        #expect(piped.errors.contains("--attachments"))
        #expect(try place.run(["import", "x.jsonl", "--format", "whatsapp", "--attachments", "crm"]).status == 64)
        #expect(try place.succeed(["verify"]).output.hasPrefix("Holds."))
    }
}
