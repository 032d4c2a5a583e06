import ConsentAudit
import DamagedLedgers
import Foundation
import Testing

/// The verifier that was written from SPEC.md alone accepts and rejects the same, at the same layer.
@Suite(.enabled(if: PythonScript.isVerifierThere, PythonScript.verifierAbsence)) struct IndependentVerifierTests {
    private struct Verdict: Decodable {
        let verdict: String
        let code: String
    }

    private struct Found: Decodable {
        let layer: String
        let codes: [String]
    }

    private struct Campaign: Decodable {
        let cases: [String: Int]
        let outcomes: [String: Int]
        let missed: Int
    }

    @Test func judgesEveryVectorAsStated() throws {
        let data = try PythonScript.run(
            "independent.py", [PythonScript.verifier.path, "vectors", VectorTests.directory.path])
        let verdicts = try JSONDecoder().decode([String: Verdict].self, from: data)
        #expect(verdicts.count == Vector.all.count)
        for vector in Vector.all {
            let expected =
                switch vector.verdict {
                case .accept: "accept"
                case .reject(let layer, _): "reject \(layer)"
                }
            let found = verdicts[vector.path]
            #expect(found?.verdict == expected, "\(vector.path): \(found?.code ?? "")")
        }
    }

    @Test func findsEveryLieWhereItMust() throws {
        let data = try PythonScript.run(
            "independent.py", [PythonScript.verifier.path, "broken", BrokenLedgerTests.directory.path])
        let found = try JSONDecoder().decode([String: [String: Found]].self, from: data)
        #expect(found.count == BrokenLedger.all.count)
        for ledger in BrokenLedger.all {
            for level in VerificationLevel.allCases {
                var expected = "holds"
                if case .fails(let lowest, _, _) = ledger.expectation, level >= lowest { expected = "\(lowest)" }
                let there = found[ledger.name]?["\(level)"]
                #expect(there?.layer == expected, "\(ledger.name) at \(level): \(there?.codes ?? [])")
            }
        }
    }

    /// A bounded run of the campaign that `make tamper` runs whole.
    @Test func findsEveryChangeToTheSample() throws {
        let seed = ProcessInfo.processInfo.environment["TAMPER_SEED"] ?? "1"
        let data = try PythonScript.run(
            "tamper.py",
            [
                PythonScript.verifier.path, Repository.root.appending(path: "ledger/sample/log").path, "--sample",
                "1000", "--seed", seed,
            ])
        let campaign = try JSONDecoder().decode(Campaign.self, from: data)
        #expect(campaign.missed == 0, "seed \(seed): \(campaign.outcomes)")
        #expect(campaign.cases["byte changed"] == 1000)
        #expect(campaign.outcomes["older kept checkpoints removed"] == 10)
    }
}
