// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that building and testing the ledger never builds this.
let package = Package(
    name: "ledger-benchmarks",
    dependencies: [.package(name: "consent-ledger", path: "..")],
    targets: [
        .executableTarget(
            name: "LedgerBenchmarks",
            dependencies: [
                .product(name: "ConsentAudit", package: "consent-ledger"),
                .product(name: "ConsentLedger", package: "consent-ledger"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
