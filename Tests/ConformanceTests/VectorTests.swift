import DamagedLedgers
import Foundation
import Testing

/// One case a file, for this verifier and for any other: what goes in, and the verdict, which was stated by hand.
@Suite struct VectorTests {
    static let directory = Repository.root.appending(path: "ledger/vectors")

    /// The files that are kept are what the generator makes; `tools/build-vectors` writes them.
    @Test func theKeptVectorsAreWhatTheGeneratorMakes() throws {
        let files = Dictionary(uniqueKeysWithValues: Vector.all.map { ($0.path, $0.file) })
        try Repository.expectKept(
            files, under: Self.directory, except: ["README.md", "protected-key.json"], updatedBy: "UPDATE_VECTORS",
            command: "tools/build-vectors")
    }

    @Test(arguments: Vector.Area.allCases) func eachIsTakenOrRefusedAsStated(area: Vector.Area) async throws {
        var count = 0
        for (path, bytes) in try Repository.files(under: Self.directory.appending(path: area.rawValue)) {
            let file = try JSONDecoder().decode(VectorFile.self, from: Data(bytes))
            let verdict = try await VectorVerdict(of: file, in: area)
            #expect(verdict == (try VectorVerdict(expectedBy: file)), "\(area.rawValue)/\(path)")
            count += 1
        }
        #expect(count == Vector.all.count { $0.area == area })
        #expect(count >= 15)
    }

    /// Each area has cases that must be taken and cases that must be refused.
    @Test(arguments: Vector.Area.allCases) func thereAreGoodAndBadOnes(area: Vector.Area) {
        let vectors = Vector.all.filter { $0.area == area }
        #expect(vectors.contains { if case .accept = $0.verdict { true } else { false } })
        #expect(vectors.contains { if case .reject = $0.verdict { true } else { false } })
    }
}
