import ConsentAudit
import ConsentLedger
import ConsentModel
import Foundation
import LedgerCrypto
import PlainHTML
import Testing
import TransparencyLog

@testable import consent

/// The commands of the yearly audit, by the binary: on a ledger, on a bare copy of its log, and with wrong input.
@Suite struct AuditCommandTests {
    static let sample = packageRoot.appendingPathComponent("ledger/sample").path
    static let sampleLog = sample + "/log"

    static func vkey() throws -> String {
        try String(contentsOfFile: sampleLog + "/log.vkey", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    /// A place with a bare copy of the sample's log in `log`, and its file of the checkpoint of 200 or so records.
    static func place() throws -> Workplace {
        let place = try Workplace()
        try FileManager.default.copyItem(atPath: sampleLog, toPath: place.path("log"))
        return place
    }

    static let keptSizes: [UInt64] = try! FileManager.default.contentsOfDirectory(atPath: sampleLog + "/checkpoints")
        .compactMap { UInt64($0) }.sorted()

    static func kept(_ size: UInt64) -> String {
        let digits = String(size)
        return sampleLog + "/checkpoints/" + String(repeating: "0", count: 20 - digits.count) + digits
    }

    // MARK: log

    @Test func filtersShowWhatTheyAreAskedFor() throws {
        let place = try Self.place()
        let all = try #require(try place.succeed(["log", "..", "log", "--json"]).json() as? [[String: Any]])
        #expect(all.count == Int(try #require(Self.keptSizes.last)))
        func indices(_ arguments: [String]) throws -> [Int] {
            let found = try #require(
                try place.succeed(["log", "..", "log", "--json"] + arguments).json() as? [[String: Any]])
            return found.compactMap { $0["index"] as? Int }
        }
        func expected(_ holds: ([String: Any]) -> Bool) -> [Int] {
            all.filter(holds).compactMap { $0["index"] as? Int }
        }
        func source(_ record: [String: Any]) -> String? { (record["fields"] as? [String: Any])?["source"] as? String }
        func type(_ record: [String: Any]) -> String? { record["type"] as? String }
        #expect(
            try indices(["--business", "harbor-clinic"]) == expected { $0["business"] as? String == "harbor-clinic" })
        #expect(try indices(["--source", "shop"]) == expected { source($0) == "shop" })
        #expect(
            try indices(["--type", "consent-withdrawn", "--type", "objected"])
                == expected { ["consent-withdrawn", "objected"].contains(type($0)) })
        let since = try #require(all[100]["recorded-at"] as? String)
        let until = try #require(all[120]["recorded-at"] as? String)
        #expect(try indices(["--since", since, "--until", until]) == Array(100...120))
        // RFC 3339 sorts as text where all have the same form.
        let day = String(since.prefix(10))
        #expect(
            try indices(["--since", day, "--until", day])
                == expected { ($0["recorded-at"] as? String)?.hasPrefix(day) == true })
        #expect(
            try indices(["--business", "acme-viajes", "--type", "consent-given", "--source", "shop"])
                == expected { type($0) == "consent-given" && source($0) == "shop" })
        #expect(try indices(["--type", "unknown-type-99"]).isEmpty)
        #expect(
            try place.succeed(["log", "..", "log", "--type", "unknown-type-99"]).output == "There is no such record.\n")
        // A ledger and its bare log say the same.
        #expect(try place.succeed(["log", "..5", "log"]).output == place.succeed(["log", "..5", Self.sample]).output)
        #expect(
            try place.succeed(["log", "..5", "log"]).output == place.succeed(["log", "..5", "--ledger", "log"]).output)
    }

    @Test func aLedgerIsFilteredToo() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", "+34600111222", "--notice", "web"])
        try place.succeed(["opt-out", "+34600111222"])
        let found = try place.succeed(["log", "--business", "acme-viajes", "--source", "cli", "--since", "2020-01-01"])
        #expect(found.output.split(separator: "\n").count == 2)
        #expect(try place.succeed(["log", "--until", "2020-01-01"]).output == "There is no such record.\n")
        #expect(try place.succeed(["log", "--until", "2020-01-01", "--json"]).json() as? [Int] == [])
    }

    // MARK: diff

    @Test func diffTellsWhatHappened() throws {
        let place = try Self.place()
        let (first, last) = (Self.keptSizes[2], try #require(Self.keptSizes.last))
        try FileManager.default.copyItem(atPath: Self.kept(first), toPath: place.path("old.checkpoint"))
        let vkey = try Self.vkey()
        let difference = try place.succeed(["diff", "old.checkpoint", "\(last)", "log", "--vkey", vkey, "--json"])
        #expect(try difference.member("consistent") == true)
        #expect(try difference.member("key-pinned") == true)
        #expect(try difference.member("records") == Int(last - first))
        let records = try #require(
            try place.succeed(["log", "\(first)..", "log", "--json"]).json() as? [[String: Any]])
        var types: [String: Int] = [:]
        for record in records { types[try #require(record["type"] as? String), default: 0] += 1 }
        #expect(try difference.member("by-type") == types)
        let changes = try difference.member("changes", as: [String: [[String: Any]]].self)
        for (key, names) in [
            ("sources-revoked", ["source-revoked"]), ("keys-added", ["admin-key-added", "log-key-added"]),
            ("categories-retired", ["category-retired"]), ("rule-packs", ["rulepack-adopted"]),
            ("businesses", []), ("holds", ["hold-added", "hold-lifted"]),
        ] as [(String, [String])] {
            #expect(changes[key]?.compactMap { $0["type"] as? String } == names, "\(key)")
        }
        let text = try place.succeed(["diff", "old.checkpoint", "\(last)", "log", "--vkey", vkey]).output
        #expect(text.hasPrefix("Consistent. The log of size \(last) begins with that of size \(first).\n"))
        #expect(text.contains("Sources revoked:\n  record ") && text.contains("shop") && !text.contains("not pinned"))
        let whole = try place.succeed(["diff", "0", "\(last)", "log", "--vkey", vkey])
        #expect(
            whole.output.hasPrefix("Consistent. The log of size \(last), from its beginning.\n\(last) records, 0 to "))
        let unpinned = try place.succeed(["diff", "\(first)", "\(first)", Self.sample]).output
        #expect(unpinned.contains("not pinned") && unpinned.hasSuffix("Nothing was recorded between them.\n"))
    }

    @Test func diffOfARewrittenLogPrintsTheEvidence() throws {
        let place = try Self.place()
        let (first, second) = (Self.keptSizes[2], Self.keptSizes[3])
        // The same log, as if another root had been signed at that size; the sample's log key is public.
        let honest = try SignedCheckpoint(parsing: Array(Data(contentsOf: URL(fileURLWithPath: Self.kept(second)))))
        let key = try Self.logKey()
        let forged = try SignedCheckpoint(
            signing: Checkpoint(
                origin: honest.checkpoint.origin, size: second, root: SHA256Digest(hashing: [1])), with: key)
        try place.write(String(decoding: forged.bytes, as: UTF8.self), to: "forged")
        let arguments = ["diff", "\(first)", "forged", "log", "--vkey", try Self.vkey()]
        let outcome = try place.run(arguments)
        #expect(outcome.status == 2 && outcome.output.hasPrefix("Does not verify."))
        #expect(outcome.output.contains(String(decoding: forged.bytes, as: UTF8.self)))
        let published = try String(contentsOfFile: place.path("log/checkpoint"), encoding: .utf8)
        #expect(outcome.output.contains(published))
        let json = try place.run(arguments + ["--json"])
        #expect(json.status == 2)
        #expect(try json.member("consistent") == false)
        #expect(try json.member("checkpoints", as: [String].self).count == 3)
        // Rolled back: the auditor holds a newer checkpoint than the log publishes.
        try FileManager.default.removeItem(atPath: place.path("log/checkpoint"))
        try FileManager.default.copyItem(atPath: Self.kept(first), toPath: place.path("log/checkpoint"))
        let rolledBack = try place.run(["diff", "\(first)", Self.kept(second), "log"])
        #expect(rolledBack.status == 2 && rolledBack.output.contains("withheld or lost"))
    }

    static func logKey() throws -> Ed25519PrivateKey {
        let line = try String(contentsOfFile: sample + "/private/keys/log.key", encoding: .utf8)
        let encoded = try #require(line.split(whereSeparator: \.isWhitespace).last)
        return try Ed25519PrivateKey(seed: SecretBytes(#require(Base64.decode(String(encoded)))))
    }

    // MARK: sample

    @Test func samplesCanBeRepeatedAndVerified() throws {
        let place = try Self.place()
        let arguments = ["sample", "log", "--n", "12", "--seed", "audit 2026", "--stratify", "source,type"]
        try place.succeed(arguments + ["-o", "one"])
        let json = try place.succeed(["sample", Self.sample] + arguments[2...] + ["-o", "two/", "--json"])
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path("one")).sorted()
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("two")).sorted() == names)
        for name in names {
            #expect(
                FileManager.default.contentsEqual(atPath: place.path("one/" + name), andPath: place.path("two/" + name))
            )
        }
        let records = try json.member("records", as: [[String: Any]].self)
        let rows = try String(contentsOfFile: place.path("one/index.csv"), encoding: .utf8).split(separator: "\n")
        #expect(rows.first == "index,type,business,source,recorded-at,file")
        #expect(rows.count == records.count + 1 && names.count == records.count + 2)
        let description = try String(contentsOfFile: place.path("one/sample.json"), encoding: .utf8)
        #expect(description == json.output)
        let policy = WitnessPolicy(logs: [try VerifierKey(Self.vkey())])
        let log = try #require(try place.succeed(["log", "..", "log", "--json"]).json() as? [[String: Any]])
        for (record, row) in zip(records, rows.dropFirst()) {
            let name = try #require(record["file"] as? String)
            let proof = try TransparencyProof(
                parsing: Array(Data(contentsOf: URL(fileURLWithPath: place.path("one/" + name)))))
            _ = try proof.verify(leafHash: MerkleHash.leaf(proof.extra), under: policy)
            let cells = row.split(separator: ",", omittingEmptySubsequences: false)
            let entry = log[Int(proof.index)]
            #expect(cells[0] == "\(proof.index)" && cells[5] == Substring(name))
            #expect(entry["type"] as? String == String(cells[1]))
            #expect(entry["business"] as? String ?? "" == String(cells[2]))
            #expect(entry["recorded-at"] as? String == String(cells[4]))
        }
        // Another seed chooses others; all are chosen where there are no more.
        try place.succeed(["sample", "log", "--n", "12", "--seed", "other", "-o", "three", "--vkey", Self.vkey()])
        let three = Set(try FileManager.default.contentsOfDirectory(atPath: place.path("three")))
        #expect(three.count == 14 && three != Set(names))
        let size = Self.keptSizes[2]
        try place.succeed(["sample", "log", "--n", "1000", "--seed", "x", "--checkpoint", "\(size)", "-o", "four"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("four")).count == Int(size) + 2)
    }

    @Test func nothingIsOverwrittenOrLeftHalf() throws {
        let place = try Self.place()
        let arguments = ["sample", "log", "--n", "3", "--seed", "x", "-o"]
        try place.succeed(arguments + ["out"])
        let before = try FileManager.default.contentsOfDirectory(atPath: place.path("out")).sorted()
        #expect(try place.run(arguments + ["out"]).status == 65)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("out")).sorted() == before)
        try place.write("a file", to: "file")
        #expect(try place.run(arguments + ["file"]).status == 65)
        #expect(try place.run(arguments + ["nowhere/out"]).status == 74)
        try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: false)
        try place.succeed(arguments + ["empty/"])
        // Damage that is met half way leaves nothing.
        let width = try #require(Self.keptSizes.last) - 256
        let url = URL(fileURLWithPath: place.path("log/tile/entries/001.p/\(width)"))
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count - 1] ^= 1
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: url.path)
        try bytes.write(to: url)
        #expect(try place.run(["sample", "log", "--n", "1000", "--seed", "x", "-o", "half"]).status == 2)
        let left = try FileManager.default.contentsOfDirectory(atPath: place.directory)
        #expect(!left.contains { $0.hasPrefix("half") })
    }

    // MARK: report

    @Test func theReportIsOneSelfContainedPage() throws {
        let place = try Self.place()
        let arguments = ["report", "log", "--vkey", try Self.vkey(), "--at", "2026-11-22T12:00:00Z", "-o"]
        let outcome = try place.succeed(arguments + ["report.html"])
        #expect(
            outcome.output.hasPrefix("Holds. All \(Self.keptSizes.last ?? 0) records verify up to the level replay."))
        let page = try String(contentsOfFile: place.path("report.html"), encoding: .utf8)
        let read = try PlainHTML(page)
        #expect(read.elements["script"] == nil && read.elements["link"] == nil && read.elements["img"] == nil)
        #expect(read.elements["svg"] == 1 && read.elements["h1"] == 1)
        for text in ["<script", "http://", "https://", "url(h", "@import", "javascript:"] {
            #expect(!page.contains(text))
        }
        #expect(page.contains("@media print"))
        // Every section in the list of contents is there, ids are unique, and what refers to one finds it.
        let ids = read.attributes["id"] ?? []
        #expect(Set(ids).count == ids.count)
        for reference in (read.attributes["href"] ?? []).map({ $0.dropFirst() }) {
            #expect(ids.contains(String(reference)))
        }
        for reference in read.attributes["aria-labelledby"] ?? [] { #expect(ids.contains(reference)) }
        #expect(read.text.contains("Made at 2026-11-22T12:00:00Z"))
        let note = try String(contentsOfFile: place.path("log/checkpoint"), encoding: .utf8)
        #expect(read.text.contains(note))
        #expect(read.text.contains("That every act was recorded."))
        // The same log and clock give the same bytes, from the ledger too.
        let whole = try Self.wholeSample(place)
        try place.succeed(["report", whole] + arguments[2...] + ["again.html"])
        #expect(FileManager.default.contentsEqual(atPath: place.path("report.html"), andPath: place.path("again.html")))
    }

    /// A copy of the sample whose keys are its owner's alone, as every ledger's are.
    private static func wholeSample(_ place: Workplace) throws -> String {
        _ = try place.shell("cp -R '\(sample)' whole && chmod -R go= whole/private")
        return "whole"
    }

    @Test func theReportSaysTheSameInJSON() throws {
        let place = try Self.place()
        let report = try place.succeed(["report", "log", "--at", "2026-11-22", "--json"])
        #expect(try report.member("holds") == true)
        #expect(try report.member("test") == true)
        let counts = try report.member("counts", as: [String: Any].self)
        let types = try #require(counts["by-type"] as? [[String: Any]])
        let records = try #require(try place.succeed(["log", "..", "log", "--json"]).json() as? [[String: Any]])
        let total = types.compactMap { $0["records"] as? Int }.reduce(0, +)
        #expect(total == records.count)
        let sources = try #require(try report.member("sources", as: [String: Any].self)["list"] as? [[String: Any]])
        let listed = try #require(
            try place.succeed(["source", "list", "--ledger", Self.wholeSample(place), "--json"]).json()
                as? [[String: Any]])
        #expect(sources.count == listed.count)
        for (source, other) in zip(sources, listed) {
            #expect(source["source"] as? String == other["id"] as? String)
            #expect(source["public-key"] as? String == other["public-key"] as? String)
            let until = source["until"] as? [String: Any]
            #expect(until?["record"] as? Int == other["revoked-by"] as? Int)
            #expect((until?["recorded-at"] == nil) == (until == nil))
            #expect(source["compromised-since"] as? String == other["compromised-since"] as? String)
            let statements = records.filter { $0["key-id"] as? String == other["key-id"] as? String }.count
            #expect(source["statements"] as? Int == statements)
        }
        let steps = try #require(try report.member("over-time", as: [String: Any].self)["steps"] as? [[String: Any]])
        let given = Set(["consent-given", "consent-confirmed", "consent-renewed", "consent-resumed"])
        #expect(
            steps.compactMap { $0["given"] as? Int }.reduce(0, +)
                == records.filter { given.contains($0["type"] as? String ?? "") }.count)
        // What is printed is what the page shows.
        #expect(try report.member("checkpoint", as: [String: Any].self)["size"] as? Int == records.count)
    }

    @Test func whatTheLogSaysCannotSteerThePage() throws {
        let place = try Workplace()
        let name = "<b>&\"'</b><script>alert(1)</script>\u{202e}"
        try place.succeed(["init", "--business", name, "--business-id", "evil", "--test"])
        try place.succeed(["report", "-o", "report.html"])
        let page = try String(contentsOfFile: place.path("report.html"), encoding: .utf8)
        let read = try PlainHTML(page)
        #expect(read.elements["b"] == nil && read.elements["script"] == nil)
        #expect(read.text.contains("<b>&\"'</b><script>alert(1)</script>\\u{202e}"))
        #expect(!page.unicodeScalars.contains("\u{202e}"))
        #expect(read.text.contains("TEST ledger"))
        #expect(try place.succeed(["report", "--json"]).member("counts", as: [String: Any].self)["by-business"] != nil)
    }

    @Test func aDamagedLogIsReportedAllTheSame() throws {
        let place = try Self.place()
        let url = URL(fileURLWithPath: place.path("log/tile/entries/000"))
        var bytes = try Data(contentsOf: url)
        bytes[900] ^= 1
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: url.path)
        try bytes.write(to: url)
        let outcome = try place.run(["report", "log", "-o", "report.html"])
        #expect(outcome.status == 2 && outcome.output.hasPrefix("Does not verify."), "\(outcome.errors)")
        let read = try PlainHTML(String(contentsOfFile: place.path("report.html"), encoding: .utf8))
        #expect(read.text.contains("altered-record"))
        let size = Int(try #require(Self.keptSizes.last))
        #expect(read.text.contains("The figures below count \(size - 256) of \(size) records."))
        // A checkpoint that cannot be read: what can be said is said.
        try FileManager.default.removeItem(atPath: place.path("log/checkpoint"))
        try place.write("junk\n", to: "log/checkpoint")
        let without = try place.run(["report", "log", "-o", "second.html", "--json"])
        #expect(without.status == 2, "\(without.errors)")
        #expect(try without.member("holds") == false)
        let second = try PlainHTML(String(contentsOfFile: place.path("second.html"), encoding: .utf8))
        #expect(second.text.contains("malformed-checkpoint") && second.text.contains(ReportTexts.notCounted))
    }

    @Test func theReportHoldsTheLogAgainstWhatOthersKept() throws {
        let place = try Workplace.withLedger()
        let vkey = try String(contentsOfFile: place.path("consent.ledger/log/log.vkey"), encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let witness = try place.succeed(["checkpoint", "witness-key", "w.example.com", "-o", "witness.key"]).output
            .trimmingCharacters(in: .newlines)
        let line = try place.succeed([
            "checkpoint", "cosign", "consent.ledger", "--key", "witness.key", "--state", "state", "--vkey", vkey,
            "--first",
        ]).output
        try place.write(line, to: "line")
        try place.succeed(["checkpoint", "attach", "line", "--witness", witness])
        try place.write("log \(vkey)\nwitness one \(witness)\nquorum one\n", to: "policy")
        let report = try place.succeed(["report", "--json", "--policy", "policy"])
        let checkpoint = try report.member("checkpoint", as: [String: Any].self)
        let cosignatures = try #require(checkpoint["cosignatures"] as? [[String: Any]])
        #expect(cosignatures.map { $0["witness"] as? String } == ["w.example.com"])
        #expect(checkpoint["seen-by"] as? [String] == ["w.example.com"])
        let other = try VerifierKey(
            name: "v.example.com",
            publicKey: Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 9, count: 32))).publicKey,
            use: .cosignature)
        try place.write("log \(vkey)\nwitness two \(other.text)\nquorum two\n", to: "other")
        let missing = try place.run(["report", "--json", "--policy", "other"])
        #expect(missing.status == 2 && missing.output.contains("quorum-not-reached"), "\(missing.errors)")
        // What was verified once is held against the log, and not written to.
        try place.succeed(["verify", "--notebook", "notebook"])
        let notebook = try String(contentsOfFile: place.path("notebook"), encoding: .utf8)
        try FileManager.default.copyItem(atPath: place.path("consent.ledger/log"), toPath: place.path("older"))
        try place.succeed(["opt-in", "+34600111222", "--notice", "web"])
        try place.succeed(["checkpoint", "--json"])
        let kept = try String(contentsOfFile: place.path("consent.ledger/log/checkpoint"), encoding: .utf8)
        try place.write(kept, to: "kept")
        try place.succeed(["report", "--notebook", "notebook", "--checkpoint", "kept", "-o", "report.html"])
        #expect(try String(contentsOfFile: place.path("notebook"), encoding: .utf8) == notebook)
        let rolledBack = try place.run(["report", "older", "--checkpoint", "kept", "-o", "older.html"])
        #expect(rolledBack.status == 2)
        let page = try PlainHTML(String(contentsOfFile: place.path("older.html"), encoding: .utf8))
        #expect(page.text.contains(kept) && page.text.contains(ReportTexts.evidence))
        #expect(try place.run(["report", "--notebook", "line", "-o", "x.html"]).status == 65)
        #expect(try place.run(["report", "--policy", "line", "-o", "x.html"]).status == 65)
        #expect(try place.run(["report", "--policy", "policy", "--level", "structure", "-o", "x.html"]).status == 64)
        #expect(!FileManager.default.fileExists(atPath: place.path("x.html")))
    }

    // MARK: Wrong input

    struct Case: CustomStringConvertible {
        let line: String
        let status: Int32
        let code: String
        let says: String

        init(_ line: String, _ status: Int32, _ code: String, _ says: String) {
            (self.line, self.status, self.code, self.says) = (line, status, code, says)
        }

        var description: String { line }
    }

    static let cases: [Case] = [
        Case("log .. log --type consent", 65, "bad-input", "consent-given"),
        Case("log .. log --type unknown-type-33", 65, "bad-input", "there is no type"),
        Case("log .. log --business acme", 65, "unknown-business", "acme-viajes, harbor-clinic"),
        Case("log .. log --source web", 65, "unknown-source", "cli, reception, shop"),
        Case("log .. log --since yesterday", 65, "bad-time", "RFC 3339"),
        Case("log .. log --since 2026-02-01 --until 2026-01-01", 65, "bad-input", "--since"),
        Case("log 9999 log", 65, "bad-input", "0 to"),
        Case("log .. nowhere", 66, "cannot-be-read", "nowhere"),
        Case("log .. empty", 66, "cannot-be-read", "no log at empty"),
        Case("diff 8 9999 log", 65, "out-of-range", "no checkpoint of size"),
        Case("diff 9999 nothing log", 66, "cannot-be-read", "nothing"),
        Case("diff junk 30 log", 65, "bad-input", "junk is not a checkpoint"),
        Case("diff 30 log/checkpoint nowhere", 66, "cannot-be-read", "nowhere"),
        Case("diff log/checkpoint KEPT log", 65, "out-of-range", "smaller one first"),
        Case("diff 30 8 log", 64, "usage", "OLD is the smaller size"),
        Case("diff 8 0 log", 64, "usage", "OLD is the smaller size"),
        Case("prove consistency 30 8 --log log", 64, "usage", "OLD is the smaller size"),
        Case("prove consistency 0 KEPT --log log", 65, "out-of-range", "begins with the empty tree"),
        Case("prove inclusion KEPT --checkpoint KEPT --log log", 65, "out-of-range", "the checkpoint of size KEPT"),
        Case("diff other log/checkpoint log", 65, "foreign-checkpoint", "other.example.com"),
        Case("diff KEPT log/checkpoint log --vkey x", 65, "bad-input", "--vkey"),
        Case("diff KEPT log/checkpoint log --vkey WITNESS", 65, "bad-input", "witness"),
        Case("diff KEPT log/checkpoint log --vkey OTHER", 2, "not-signed", "pinned key"),
        Case("diff KEPT", 64, "usage", "<new>"),
        Case("sample log --n 0 --seed x -o out", 64, "usage", "--n"),
        Case("sample log --n x --seed x -o out", 64, "usage", "--n"),
        Case("sample log --n 3 -o out", 64, "usage", "--seed"),
        Case("sample log --n 3 --seed x", 64, "usage", "--output"),
        Case("sample log --n 3 --seed x --stratify colour -o out", 64, "usage", "type, source and business"),
        Case("sample log --n 3 --seed x --stratify type,type -o out", 64, "usage", "each once"),
        Case("sample log --n 3 --seed x --checkpoint 9999 -o out", 65, "out-of-range", "no checkpoint of size"),
        Case("sample log --n 3 --seed x --vkey OTHER -o out", 2, "not-signed", "pinned key"),
        Case("sample nowhere --n 3 --seed x -o out", 66, "cannot-be-read", "nowhere"),
        Case("report log", 64, "usage", "-o"),
        Case("report log -o out --level deep", 64, "usage", "level"),
        Case("report log -o out --at noon", 65, "bad-time", "RFC 3339"),
        Case("report log -o out --ledger-id 12", 65, "bad-input", "--ledger-id"),
        Case("report log -o out --vkey x", 65, "bad-input", "--vkey"),
        Case("report nowhere -o out", 66, "cannot-be-read", "nowhere"),
        Case("report log -o log/checkpoint", 64, "usage", "file that is read"),
        Case("report log -o nowhere/out", 74, "output", "nowhere/out"),
    ]

    @Test func wrongInputIsAnsweredAndChangesNothing() throws {
        let place = try Self.place()
        try place.write("junk\n", to: "junk")
        try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: false)
        let stranger = try Ed25519PrivateKey(seed: SecretBytes([UInt8](repeating: 7, count: 32)))
        let other = try SignedCheckpoint(
            signing: Checkpoint(origin: "other.example.com/log", size: 0, root: MerkleHash.empty), with: stranger)
        try place.write(String(decoding: other.bytes, as: UTF8.self), to: "other")
        let words = [
            "KEPT": "\(Self.keptSizes[1])",
            "OTHER": try VerifierKey(name: "log.example.com/sample", publicKey: stranger.publicKey, use: .note).text,
            "WITNESS": try VerifierKey(name: "w.example.com", publicKey: stranger.publicKey, use: .cosignature).text,
        ]
        for item in Self.cases {
            let arguments = HelpTests.words(item.line).map { words[$0] ?? $0 }
            let plain = try place.run(arguments)
            #expect(plain.status == item.status, "\(item): \(plain.errors)\(plain.output)")
            #expect(plain.output.isEmpty && plain.errors.hasPrefix("consent: "), "\(item)")
            let says = words.reduce(item.says) { $0.replacing($1.key, with: $1.value) }
            #expect(plain.errors.contains(says), "\(item): \(plain.errors)")
            // --json makes -o of a report needless.
            guard item.line != "report log" else { continue }
            let json = try place.run(arguments + ["--json"])
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(json.errors.utf8)) as? [String: Any], "\(item)")
            #expect(json.status == item.status && object["code"] as? String == item.code, "\(item): \(json.errors)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: place.directory).filter { !$0.hasPrefix(".") }
        #expect(Set(names) == ["log", "junk", "empty", "other"])
    }
}
