using Market.Swaps.Agent;

namespace Market.Simulation;

/// <content>Its way to the chains, and the deaths of its process.</content>
internal sealed partial class HonestParty
{
    private SendOutcome Transmit(OwnTransaction sent)
    {
        var chain = _own!.Swap.ChainOf(sent.Leg);
        var transaction = sent.Transaction;
        if (Has(TroubleKind.Down, chain))
        {
            return SendOutcome.Unanswered;
        }

        HandedOut.Add((chain, transaction, sent.Kind));
        _world.OnHandedOut(this, chain, sent);
        var outcome = Has(TroubleKind.Frozen, chain) ? Drop(SendOutcome.Taken)
            : Has(TroubleKind.Mute, chain) ? Drop(SendOutcome.Unanswered)
            : Has(TroubleKind.Liar, chain) ? Lie(chain, transaction)
            : _world.Chain(chain).Offer(transaction);
        if (_world.IsTold)
        {
            _world.Tell(Role, $"sends {sent.Kind} {Names.Of(sent.TxId)} on {chain} at {sent.SatsPerKvB} sat/kvB: hears {outcome}");
        }

        return outcome;
    }

    private SendOutcome Lie(SwapChain chain, Transaction transaction)
    {
        switch (_scenario.Random.Below(5))
        {
            case 0:
                return Drop(SendOutcome.Taken);
            case 1:
                return Drop(SendOutcome.Unanswered);
            case 2:
                _world.Chain(chain).Offer(transaction);
                _world.Counts.Add(Event.AnswerLost);
                return SendOutcome.Unanswered;
            case 3:
                _world.Chain(chain).Offer(transaction);
                return False();
            default:
                _world.Counts.Add(Event.Dropped);
                return False();
        }
    }

    private SendOutcome False()
    {
        _world.Counts.Add(Event.AnswerFalse);
        return _scenario.Random.Below(5) switch
        {
            0 => SendOutcome.TooCheap,
            1 => SendOutcome.Conflicts,
            2 => SendOutcome.MissingInputs,
            3 => SendOutcome.NotFinal,
            _ => SendOutcome.Refused,
        };
    }

    private SendOutcome Drop(SendOutcome answer)
    {
        _world.Counts.Add(Event.Dropped);
        return answer;
    }

    private bool MayCrash()
    {
        var isSafe = _world.IsCalm || (_world.IsFeeRace && _world.IsPastShort);
        if (isSafe || _crashesLeft == 0 || _scenario.Crashes == 0 || !_scenario.Random.Chance(_scenario.Crashes))
        {
            return false;
        }

        return Crash();
    }

    private bool Crash()
    {
        _crashesLeft--;
        _own = null;
        _acts.Clear();
        IsRestless = true;
        _world.Counts.Add(Event.Crash);
        var back = _world.DownUntilAfterCrash(this);
        Troubles.Add(new Trouble(TroubleKind.Off, null, _world.Now, back));
        if (_world.IsTold)
        {
            _world.Tell(Role, $"dies, for {back - _world.Now} s");
        }

        return true;
    }
}
