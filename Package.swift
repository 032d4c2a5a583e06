// swift-tools-version: 6.2
import PackageDescription

// Every target of ours is held to the same rules; the arrows between targets are those of DESIGN §3, and the build
// refuses an import that is not declared here (`--explicit-target-dependency-import-check error`, see the Makefile).
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "consent-ledger",
    products: [
        .library(name: "TransparencyLog", targets: ["TransparencyLog"]),
        .library(name: "ConsentAudit", targets: ["ConsentAudit"]),
        .executable(name: "consent", targets: ["consent"]),
        .library(
            name: "ConsentLedger",
            targets: [
                "ConsentLedger", "ConsentModel", "ConsentRules", "LedgerCrypto", "LedgerStorage", "TransparencyLog",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(
            name: "CPhoneNumber", cxxSettings: [.treatAllWarnings(as: .error)],
            linkerSettings: [.linkedLibrary("phonenumber")]),
        .target(name: "LedgerCrypto", dependencies: ["CSodium", "CCrypto"], swiftSettings: house),
        .target(name: "TransparencyLog", dependencies: ["LedgerCrypto"], swiftSettings: house),
        .target(name: "ConsentModel", dependencies: ["LedgerCrypto"], swiftSettings: house),
        .target(name: "ConsentRules", dependencies: ["ConsentModel", "LedgerCrypto"], swiftSettings: house),
        .target(name: "LedgerStorage", dependencies: ["LedgerCrypto"], swiftSettings: house),
        .target(
            name: "ConsentLedger",
            dependencies: [
                "ConsentModel", "ConsentRules", "LedgerCrypto", "LedgerStorage", "TransparencyLog", "CPhoneNumber",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: house),
        .target(
            name: "ConsentAudit", dependencies: ["ConsentModel", "ConsentRules", "TransparencyLog", "LedgerCrypto"],
            swiftSettings: house),
        .executableTarget(
            name: "consent",
            dependencies: [
                "ConsentLedger", "ConsentAudit", "ConsentModel", "ConsentRules", "LedgerCrypto", "LedgerStorage",
                "TransparencyLog", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),
        .target(
            name: "StorageConformance", dependencies: ["LedgerStorage"], path: "Tests/StorageConformance",
            swiftSettings: house),
        .target(name: "TimeStampAuthority", path: "Tests/TimeStampAuthority", swiftSettings: house),
        .target(
            name: "SampleLedger",
            dependencies: ["ConsentLedger", "ConsentModel", "ConsentRules", "LedgerCrypto", "TransparencyLog"],
            path: "Tests/SampleLedger", swiftSettings: house),
        .testTarget(
            name: "SampleLedgerTests",
            dependencies: ["SampleLedger", "ConsentAudit", "ConsentLedger", "ConsentModel", "LedgerCrypto"],
            exclude: ["oracles.py"], swiftSettings: house),
        .testTarget(
            name: "LedgerCryptoTests", dependencies: ["LedgerCrypto", "TimeStampAuthority"], swiftSettings: house),
        .testTarget(
            name: "TransparencyLogTests", dependencies: ["TransparencyLog", "LedgerCrypto"], swiftSettings: house),
        .testTarget(
            name: "ConsentModelTests", dependencies: ["ConsentModel", "LedgerCrypto"], swiftSettings: house),
        .testTarget(
            name: "LedgerStorageTests", dependencies: ["LedgerStorage", "StorageConformance", "LedgerCrypto"],
            swiftSettings: house),
        .testTarget(
            name: "ConsentRulesTests", dependencies: ["ConsentRules", "ConsentModel", "LedgerCrypto"],
            swiftSettings: house),
        .target(
            name: "DamagedLedgers", dependencies: ["ConsentAudit", "ConsentModel", "TransparencyLog", "LedgerCrypto"],
            path: "Tests/DamagedLedgers", swiftSettings: house),
        .executableTarget(
            name: "TamperCampaign", dependencies: ["DamagedLedgers", "ConsentAudit", "TransparencyLog"],
            path: "Tests/TamperCampaign", swiftSettings: house),
        .testTarget(
            name: "ConsentAuditTests",
            dependencies: [
                "DamagedLedgers", "ConsentAudit", "ConsentModel", "ConsentRules", "TransparencyLog", "LedgerCrypto",
                "TimeStampAuthority",
            ],
            swiftSettings: house),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "DamagedLedgers", "ConsentAudit", "ConsentModel", "ConsentRules", "TransparencyLog", "LedgerCrypto",
            ],
            exclude: ["independent.py", "key_file.py", "prove.py", "schema.py", "tamper.py", "write_log.py"],
            swiftSettings: house),
        .testTarget(
            name: "ConsentLedgerTests",
            dependencies: [
                "ConsentLedger", "ConsentAudit", "ConsentModel", "ConsentRules", "LedgerCrypto", "LedgerStorage",
                "TransparencyLog", "CPhoneNumber", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "consentTests",
            dependencies: [
                "consent", "ConsentAudit", "ConsentLedger", "ConsentModel", "ConsentRules", "LedgerCrypto",
                "LedgerStorage", "SampleLedger", "TimeStampAuthority", "TransparencyLog",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["receipt.py", "served_log.py", "witness.py"], swiftSettings: house),
    ],
    cxxLanguageStandard: .cxx17
)
