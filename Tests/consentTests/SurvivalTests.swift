import Foundation
import Testing

/// What must not be lost or answered when something is not as it should be around the commands.
@Suite struct SurvivalTests {
    private static let contact = "+34600111222"
    private static let question = ["check", contact, "--category", "marketing", "--channel", "whatsapp"]

    @Test func anOlderCopyOfThePrivatePartsAnswersNothing() throws {
        let place = try Workplace.withLedger()
        try place.succeed(["opt-in", Self.contact, "--notice", "web"])
        _ = try place.shell("cp -a consent.ledger/private older")
        try place.succeed(["opt-out", Self.contact])
        _ = try place.shell("rm -r consent.ledger/private && mv older consent.ledger/private")
        let answer = try place.run(Self.question)
        #expect(answer.status == 2 && answer.output.isEmpty, "\(answer)")
        #expect(answer.errors.contains("older copy"))
    }

    @Test func resultsNeverReplaceTheFileThatIsRead() throws {
        let place = try Workplace.withLedger()
        let rows = "contact,status\n+34600111222,opt-out\n"
        try place.write(rows, to: "in.csv")
        let refused = try place.run(["import", "in.csv", "--format", "csv", "--results", "./in.csv"])
        #expect(refused.status == 64)
        #expect(try String(contentsOfFile: place.path("in.csv"), encoding: .utf8) == rows)
        try place.succeed(["import", "in.csv", "--format", "csv", "--results", "out.csv"])
        #expect(try String(contentsOfFile: place.path("out.csv"), encoding: .utf8).contains("1,2,1,recorded,4"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.directory).allSatisfy { !$0.contains("unfin") })
    }

    @Test func aLineThatIsTooLongStopsNoOther() throws {
        let place = try Workplace.withLedger()
        let stop = #"{"type": "consent-withdrawn", "contact": "+34600111222"}"#
        let long = #"{"type": "\#(String(repeating: "x", count: 2_000_000))"}"#
        let other = #"{"type": "consent-withdrawn", "contact": "+34600111333"}"#
        let outcome = try place.run(["append", "-"], input: "\(stop)\n\(long)\n\(other)\n")
        #expect(outcome.status == 65)
        #expect(outcome.output.contains("2 recorded, 0 recorded before, 1 refused."))
    }

    /// A script must not take an import for complete that was told to stop.
    @Test func anInterruptedImportSaysSo() throws {
        let place = try Workplace.withLedger()
        let binary = Workplace.products.appendingPathComponent("consent").path
        let outcome = try place.shell(
            """
            mkfifo rows
            "\(binary)" import rows --format csv & pid=$!
            exec 3>rows; printf 'contact,status\\n+34600111222,opt-out\\n' >&3
            kill -TERM $pid; exec 3>&-; wait $pid; echo "status $?"
            """)
        #expect(outcome.output.contains("status 143"), "\(outcome)")
        #expect(try place.run(["verify"]).status == 0)
    }
}
