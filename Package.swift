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
    products: [],
    dependencies: [],
    targets: [
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "LedgerCrypto", dependencies: ["CSodium", "CCrypto"], swiftSettings: house),
        .target(name: "TransparencyLog", dependencies: ["LedgerCrypto"], swiftSettings: house),
        .target(name: "ConsentModel", dependencies: ["LedgerCrypto"], swiftSettings: house),
        .target(name: "ConsentRules", dependencies: ["ConsentModel", "LedgerCrypto"], swiftSettings: house),
        .testTarget(name: "LedgerCryptoTests", dependencies: ["LedgerCrypto"], swiftSettings: house),
        .testTarget(
            name: "TransparencyLogTests", dependencies: ["TransparencyLog", "LedgerCrypto"], swiftSettings: house),
        .testTarget(
            name: "ConsentRulesTests", dependencies: ["ConsentRules", "ConsentModel", "LedgerCrypto"],
            swiftSettings: house),
    ],
    cxxLanguageStandard: .cxx17
)
