using Market.Bitcoin;
using Market.Chains.Engine;

namespace Market.Chains.Mainchain;

/// <summary>How the embedded mainchain starts and who mines it.</summary>
public sealed record EmbeddedMainchainOptions
{
    /// <summary>Which chain: devnet, or regtest where tests want blocks for nothing.</summary>
    public MainParameters Parameters { get; init; } = MainParameters.Devnet;

    /// <summary>Paid by the blocks mined at the first start, so that mature coins exist.</summary>
    public required Script TreasuryScript { get; init; }

    /// <summary>Blocks mined at the first start, with times in the past.</summary>
    public int PremineBlocks { get; init; } = 110;

    /// <summary>Paid by the very first of those blocks, in the treasury's place, and by the blocks of the simulated rest of the
    /// network; null where there is no faucet.</summary>
    public Script? FaucetScript { get; init; }

    /// <summary>How many of the first blocks pay the faucet.</summary>
    public int FaucetBlocks { get; init; } = 5;

    /// <summary>Paid by the blocks of the simulated rest of the network where there is no faucet; by default nobody's.</summary>
    public Script NetworkScript { get; init; } = Script.FromHex("0014" + new string('0', 40));

    /// <summary>False: the rest of the network is silent until <see cref="EmbeddedMainchain.Resume"/>.</summary>
    public bool Mine { get; init; } = true;

    /// <summary>Mean time between blocks of the rest of the network.</summary>
    public TimeSpan MeanInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bounds of the mempool.</summary>
    public MempoolLimits Mempool { get; init; } = new();
}
