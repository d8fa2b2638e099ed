using System.Collections.Immutable;

namespace Market.Bitcoin;

/// <summary>
/// How addresses and keys are written on a chain. Make another with <c>with</c>:
/// <c>Network.Regtest with { Bech32Hrp = "rb" }</c>.
/// </summary>
/// <param name="Name">For people.</param>
/// <param name="Bech32Hrp">Front of witness addresses, lower case (BIP173).</param>
/// <param name="PubKeyHashPrefix">First byte of P2PKH addresses in base58check.</param>
/// <param name="ScriptHashPrefix">First byte of P2SH addresses in base58check.</param>
/// <param name="SecretKeyPrefix">First byte of private keys in wallet import format.</param>
/// <param name="ExtendedPublicPrefix">First four bytes of BIP32 public keys, as a big-endian number.</param>
/// <param name="ExtendedPrivatePrefix">First four bytes of BIP32 private keys, as a big-endian number.</param>
public sealed record Network(
    string Name,
    string Bech32Hrp,
    byte PubKeyHashPrefix,
    byte ScriptHashPrefix,
    byte SecretKeyPrefix,
    uint ExtendedPublicPrefix,
    uint ExtendedPrivatePrefix)
{
    /// <summary>Bitcoin.</summary>
    public static Network Mainnet { get; } = new("mainnet", "bc", 0, 5, 128, 0x0488b21e, 0x0488ade4);

    /// <summary>Bitcoin's testnets.</summary>
    public static Network Testnet { get; } = new("testnet", "tb", 111, 196, 239, 0x043587cf, 0x04358394);

    /// <summary>Signets.</summary>
    public static Network Signet { get; } = Testnet with { Name = "signet" };

    /// <summary>A private chain; the embedded mainchain writes addresses so too.</summary>
    public static Network Regtest { get; } = Testnet with { Name = "regtest", Bech32Hrp = "bcrt" };

    /// <summary>bcoin's regtest, which has a prefix of its own.</summary>
    public static Network BcoinRegtest { get; } = Regtest with { Name = "regtest (bcoin)", Bech32Hrp = "rb" };

    /// <summary>The sharechain.</summary>
    public static Network Sharechain { get; } = Mainnet with { Name = "sharechain", Bech32Hrp = "shr" };

    /// <summary>The sharechain's devnet.</summary>
    public static Network SharechainDevnet { get; } =
        Regtest with { Name = "sharechain devnet", Bech32Hrp = DevnetLetter + Sharechain.Bech32Hrp };

    /// <summary>In front of what addresses of a sharechain begin with, on its devnet.</summary>
    public const string DevnetLetter = "d";

    /// <summary>Every way in which nodes of this chain write its addresses, this one first: a script is the same in each.
    /// </summary>
    public ImmutableArray<Network> Writings => Bech32Hrp == Regtest.Bech32Hrp ? [this, BcoinRegtest]
        : Bech32Hrp == BcoinRegtest.Bech32Hrp ? [this, Regtest]
        : [this];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
