using Market.Sharechain;

namespace Market.Lab;

/// <summary>
/// A sharechain's shares and who is paid for them. Which unit is drawn, who holds it, who stands in the window, and how a reward
/// is split is asked of the sharechain's consensus code; owners are numbers.
/// </summary>
internal abstract class Pool
{
    /// <summary>A reward as Bitcoin has it today, in satoshis.</summary>
    public const long Reward = 312_500_000;

    /// <summary>Base units of a share block where all mint alike.</summary>
    public const long Block = 5_000_000_000;

    /// <summary>The pool of a row's rule.</summary>
    /// <param name="payout">The rule.</param>
    /// <param name="maturity">Blocks until a sharebase takes part in a draw.</param>
    /// <param name="window">Blocks of the window in force, where the rule has one.</param>
    public static Pool Of(PayoutDesign payout, int maturity, int window) => payout switch
    {
        PayoutDesign.Drawn drawn => new DrawnPool(drawn.Winners, maturity),
        PayoutDesign.Window design => new WindowPool(window, design.Holders),
        _ => throw new ArgumentOutOfRangeException(nameof(payout), payout.Words, "The lab does not play this rule."),
    };

    /// <summary>A share block.</summary>
    /// <param name="owner">Who found it, from 0.</param>
    /// <param name="units">What it mints for him.</param>
    public abstract void Mint(int owner, long units);

    /// <summary>A share that is a mainchain block, on top of what has been minted.</summary>
    /// <param name="random">Makes the id of the share below, which seeds the draw.</param>
    /// <param name="finder">Who found it: paid where nobody holds anything.</param>
    /// <param name="paid">Satoshis by owner, added to.</param>
    public abstract void Pay(LabRandom random, int finder, Span<double> paid);
}
