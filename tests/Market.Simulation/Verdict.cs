using Market.Swaps.Agent;

namespace Market.Simulation;

/// <summary>How a run ended.</summary>
/// <param name="Loss">What an honest party lost, in words; null where nothing.</param>
internal sealed record Verdict(string? Loss)
{
    /// <summary>Judges a run that is over by what blocks hold, and by nothing that a party believes.</summary>
    public static Verdict Of(World world)
    {
        foreach (var kind in new[] { SwapChain.Share, SwapChain.Coin })
        {
            if (!world.Chain(kind).IsConserved)
            {
                return new Verdict($"Value on the {kind} chain was made or lost.");
            }
        }

        if (world.Honest(Role.Initiator) is { RevealedGone: true })
        {
            return new Verdict("The initiator took the other's leg when its own shares had expired: nobody can claim them.");
        }

        foreach (var role in new[] { Role.Initiator, Role.Participant })
        {
            if (world.Scenario.Falls == 0 && world.Honest(role) is { } party
                && LossOf(world, party, world.StatedTo(role)) is { } loss)
            {
                return new Verdict(loss);
            }
        }

        if (world.Scenario.Theme == Theme.Calm && (world.Honest(Role.Initiator)!.Journal!.Swap.Phase != SwapPhase.Settled
            || world.Honest(Role.Participant)!.Journal!.Swap.Phase != SwapPhase.Settled))
        {
            return new Verdict("Nothing went wrong, and the swap did not settle.");
        }

        CountEnd(world);
        return new Verdict((string?)null);
    }

    /// <summary>True where nothing that a party ever gave to anybody can come into a block any more.</summary>
    public static bool IsFinal(World world, HonestParty party)
    {
        foreach (var (kind, given, what) in party.HandedOut)
        {
            var chain = world.Chain(kind);
            if (what == OwnTransactionKind.Funding && chain.Know(given) is { } known && IsOpen(chain, known))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True where both legs are spent in blocks.</summary>
    public static bool HasEnded(World world)
    {
        foreach (var role in new[] { Role.Initiator, Role.Participant })
        {
            var chain = world.Chain(world.Swap.ChainOf(role));
            var spent = false;
            foreach (var paid in chain.PaymentsTo(world.Swap.Terms!.ContractOf(role)))
            {
                if (chain.HasCoin(paid))
                {
                    return false;
                }

                spent |= chain.HeightOf(paid.TxId) > 0;
            }

            if (!spent)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsOpen(SimChain chain, SimTransaction known)
    {
        if (known.Height == 0)
        {
            foreach (ref readonly var input in known.Transaction.Inputs.AsSpan())
            {
                if (!chain.HasCoin(input.PreviousOutput))
                {
                    return false;
                }
            }

            return true;
        }

        return chain.HasCoin(new OutPoint(known.Id, 0));
    }

    private static string? LossOf(World world, HonestParty party, AgreedTerms terms)
    {
        var (role, swap) = (party.Role, world.Swap);
        var phase = party.Journal?.Swap.Phase.ToString() ?? "lost";
        var (claimed, stuck) = (0, 0);
        var own = world.Chain(swap.ChainOf(role));
        foreach (var paid in own.PaymentsTo(terms.ContractOf(role)))
        {
            if (own.HeightOf(paid.TxId) == 0 || !IsBy(own, paid, role))
            {
                continue;
            }

            if (own.SpenderOf(paid) is not { } spender)
            {
                stuck++;
            }
            else if (SimKeys.OwnerOf(spender.Transaction.Outputs[0].ScriptPubKey) != role)
            {
                claimed++;
            }
        }

        var got = HasGot(world, swap, terms, role);
        if (claimed > (got ? 1 : 0))
        {
            return $"The {role} lost its leg{(claimed > 1 ? " more than once" : "")}: {claimed} of its locks claimed, the other's "
                + $"leg {(got ? "claimed" : "not claimed")}; its swap is {phase}.";
        }

        // What was given for what was got lies there for the other to take: the honest do not take both.
        if (got && claimed + stuck == 1 && stuck == 1)
        {
            return null;
        }

        if (stuck > 0)
        {
            return $"The {role}'s leg is still locked when all is over; its swap is {phase}.";
        }

        return party.IsOver
            ? null
            : $"The {role}'s swap never ends: {phase}, locks resolved {party.Journal!.LocksResolved}, "
                + $"closed {party.Journal.Swap.Closed}.";
    }

    private static bool IsBy(SimChain chain, OutPoint paid, Role role) =>
        chain.TransactionOf(paid.TxId) is { Inputs: [var input, ..] } && chain.OutputOf(input.PreviousOutput) is { } spent
        && SimKeys.OwnerOf(spent.ScriptPubKey) == role;

    private static bool HasGot(World world, Swap swap, AgreedTerms terms, Role role)
    {
        var other = world.Chain(swap.ChainOf(role.Other()));
        foreach (var paid in other.PaymentsTo(terms.ContractOf(role.Other())))
        {
            // Shares of an older series are another good, and worth less.
            if (other.OutputOf(paid)!.Value.Value >= swap.AmountOf(role.Other())
                && other.RootOf(paid) is null or >= Scenario.LeastRoot && other.SpenderOf(paid) is { } spender
                && SimKeys.OwnerOf(spender.Transaction.Outputs[0].ScriptPubKey) == role)
            {
                return true;
            }
        }

        return false;
    }

    private static void CountEnd(World world)
    {
        foreach (var paid in world.Chain(SwapChain.Share).PaymentsTo(world.Swap.Terms!.ContractOf(Role.Initiator)))
        {
            world.CountIf(
                world.Chain(SwapChain.Share).HasCoin(paid) && world.Chain(SwapChain.Share).LeftOf(paid) == 0, Event.Expired);
        }

        var party = world.Honest(Role.Initiator) ?? world.Honest(Role.Participant)!;
        world.Counts.Add(party.Journal?.Swap.Phase switch
        {
            SwapPhase.Settled => Event.Settled,
            SwapPhase.Refunded or SwapPhase.InitiatorRefunded or SwapPhase.ParticipantRefunded => Event.Refunded,
            _ => Event.NeverLocked,
        });
    }
}
