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
        .executable(name: "consentd", targets: ["consentd"]),
        .library(
            name: "ConsentLedger",
            targets: [
                "ConsentLedger", "ConsentModel", "ConsentRules", "LedgerCrypto", "LedgerStorage", "TransparencyLog",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
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
        .target(
            name: "ConsentFailures",
            dependencies: [
                "ConsentAudit", "ConsentLedger", "ConsentModel", "ConsentRules", "LedgerCrypto", "LedgerStorage",
                "TransparencyLog",
            ],
            swiftSettings: house),
        .target(
            name: "ConsentPersons",
            dependencies: [
                "ConsentAudit", "ConsentLedger", "ConsentModel", "ConsentRules", "LedgerCrypto", "LedgerStorage",
                "TransparencyLog",
            ],
            swiftSettings: house),
        .executableTarget(
            name: "consent",
            dependencies: [
                "ConsentLedger", "ConsentAudit", "ConsentFailures", "ConsentModel", "ConsentPersons", "ConsentRules",
                "LedgerCrypto", "LedgerStorage",
                "TransparencyLog", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "ConsentServer",
            dependencies: [
                "ConsentLedger", "ConsentAudit", "ConsentFailures", "ConsentModel", "ConsentPersons", "ConsentRules",
                "LedgerCrypto", "LedgerStorage", "TransparencyLog", "CZlib",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: house),
        .executableTarget(
            name: "consentd",
            dependencies: [
                "ConsentServer", "ConsentFailures", "ConsentLedger", "ConsentModel", "ConsentRules", "LedgerCrypto",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "ConsentServerTests",
            dependencies: [
                "ConsentServer", "consentd", "ConsentAudit", "ConsentFailures", "ConsentLedger", "ConsentModel",
                "ConsentRules", "LedgerCrypto", "LedgerStorage", "LoopbackWitness", "PlainHTML", "TransparencyLog",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["console_browser.py", "faulty_server.py", "schemathesis.toml", "schemathesis_hooks.py"],
            swiftSettings: house),
        .target(
            name: "StorageConformance", dependencies: ["LedgerStorage"], path: "Tests/StorageConformance",
            swiftSettings: house),
        .target(name: "TimeStampAuthority", path: "Tests/TimeStampAuthority", swiftSettings: house),
        .target(name: "PlainHTML", path: "Tests/PlainHTML", swiftSettings: house),
        .target(
            name: "LoopbackWitness", dependencies: ["LedgerCrypto", "TransparencyLog"], path: "Tests/LoopbackWitness",
            swiftSettings: house),
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
                "consent", "ConsentAudit", "ConsentFailures", "ConsentLedger", "ConsentModel", "ConsentPersons",
                "ConsentRules", "LedgerCrypto", "LedgerStorage", "LoopbackWitness", "PlainHTML", "SampleLedger",
                "TimeStampAuthority", "TransparencyLog",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["receipt.py", "served_log.py", "witness.py"], swiftSettings: house),
    ],
    cxxLanguageStandard: .cxx17
)
