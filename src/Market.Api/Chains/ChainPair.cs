using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains;
using Market.Contracts;

namespace Market.Api.Chains;

/// <summary>Both chains of a market, and what is known about them beforehand.</summary>
/// <param name="main">The mainchain.</param>
/// <param name="shares">The sharechain.</param>
/// <param name="second">Another node of the mainchain, to compare the first with; null where none is configured.</param>
public sealed class ChainPair(IMainchain main, ISharechain shares, IChain? second = null)
{
    /// <summary>Another node of the mainchain, to compare the first with; null where none is configured.</summary>
    public IChain? Second => second;

    /// <summary>The mainchain.</summary>
    public IMainchain Main => main;

    /// <summary>The sharechain.</summary>
    public ISharechain Shares => shares;

    /// <summary>A chain by its wire name.</summary>
    public IChain Of(ChainName name) => name == ChainName.Sharechain ? shares : main;

    /// <summary>A chain's wire name.</summary>
    public static ChainName NameOf(ChainKind kind) =>
        kind == ChainKind.Sharechain ? ChainName.Sharechain : ChainName.Mainchain;

    /// <summary>How a chain writes addresses.</summary>
    public Network AddressesOf(ChainName name) => Of(name).Network;

    /// <summary>Seconds between blocks that a chain aims at.</summary>
    public int SpacingOf(ChainName name) => name == ChainName.Sharechain
        ? shares.Profile.TargetSpacing
        : NetworkProfile.Of(main.Name).Spacing;

    /// <summary>The mainchain's subsidy.</summary>
    public IssuanceSchedule MainIssuance => NetworkProfile.Of(main.Name).Issuance;

    /// <summary>An address of a script; hex of the script where it has none.</summary>
    public string Payee(ChainName name, Script script) => AddressOf(name, script) ?? script.ToString();

    /// <summary>An address of a script; null where it has none.</summary>
    public string? AddressOf(ChainName name, Script script) =>
        BitcoinAddress.TryFromScript(script, AddressesOf(name), out var address) ? address.ToString() : null;
}
