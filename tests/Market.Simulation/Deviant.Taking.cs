using Market.Swaps.Agent;

namespace Market.Simulation;

/// <content>Claims, refunds and locks that came too late.</content>
internal sealed partial class Deviant
{
    private const int ClaimSize = 140;

    // What of the own leg is safe: never locked, or a block holds its refund.
    private bool IsSafe
    {
        get
        {
            foreach (var paid in OwnChain.PaymentsTo(Swap.Terms!.ContractOf(Role)))
            {
                if (OwnChain.HasCoin(paid))
                {
                    return false;
                }
            }

            return true;
        }
    }

    private RevealedPreimage? Preimage => Role == Role.Initiator ? _world.InitiatorsPreimage : _world.SeenPreimage();

    /// <summary>Claims the other's leg once it wants to, or once its own leg is safe.</summary>
    private void Take()
    {
        if (_world.Now < _takeAt && !(_world.Now > Swap.Deadlines!.Value.Long && IsSafe))
        {
            return;
        }

        // First its own leg back, in a block; only then it shows that it knows the preimage.
        if (_takesLast && _world.Now < Swap.Deadlines!.Value.Long - _plan.LeastDelta / 4 && !IsSafe)
        {
            return;
        }

        if (Preimage is not { } preimage)
        {
            return;
        }

        var htlc = (Htlc)Swap.Terms!.ContractOf(Other);
        foreach (var paid in OtherChain.PaymentsTo(htlc))
        {
            if (OtherChain.HasCoin(paid) && (Role == Role.Participant || IsLockedEnough(paid)))
            {
                Claim(htlc, paid, preimage);
            }
        }
    }

    // An initiator shows its preimage for a payment in a block only: before, it would give its own leg for a promise.
    private bool IsLockedEnough(OutPoint paid) => OtherChain.OutputOf(paid)!.Value.Value >= Swap.AmountOf(Other);

    private void Claim(Htlc htlc, OutPoint paid, RevealedPreimage preimage)
    {
        var held = OtherChain.OutputOf(paid)!.Value.Value.Sats;
        var waiting = OtherChain.WaitingSpendOf(paid);
        if (waiting is not null && SimKeys.OwnerOf(waiting.Transaction.Outputs[0].ScriptPubKey) == Role)
        {
            return;
        }

        var fee = Math.Max(OtherChain.BlockFloor * 2 * ClaimSize / 1000, (waiting?.Fee ?? 0) + 2 * ClaimSize);
        if (held - fee < 1_000)
        {
            fee = Math.Max(300, held - 1_000);
        }

        var made = Spend(htlc, paid, held - fee, 0, htlc.ClaimWitness(new byte[SignatureLength], preimage));
        var isNew = !OtherChain.IsKnown(made.Id);
        Push(OtherChain, made, _byFriends);
        if (isNew)
        {
            _world.CountIf(_byFriends, Event.ClaimedInBlock);
            _world.Tell(Role, _byFriends ? "gives a claim to its friends" : "claims", made);
        }
    }

    /// <summary>Takes its own leg back once it can, whatever was revealed, and outbids a claim.</summary>
    private void TakeBack()
    {
        var htlc = (Htlc)Swap.Terms!.ContractOf(Role);
        if (_world.Now < _backAt || !htlc.Locktime.IsPassed(OwnChain.MedianTimePast))
        {
            return;
        }

        foreach (var paid in OwnChain.PaymentsTo(htlc))
        {
            if (!OwnChain.HasCoin(paid))
            {
                continue;
            }

            var held = OwnChain.OutputOf(paid)!.Value.Value.Sats;
            var waiting = OwnChain.WaitingSpendOf(paid);
            var isOwn = waiting is not null && SimKeys.OwnerOf(waiting.Transaction.Outputs[0].ScriptPubKey) == Role;
            var fee = OwnChain.BlockFloor * ClaimSize / 1000;
            if (waiting is not null && !isOwn)
            {
                fee = _bids ? waiting.Fee + waiting.Fee / 4 + 2 * ClaimSize : fee;
                _world.Counts.Add(Event.RefundOutbid);
            }

            if ((isOwn && waiting!.Rate >= OwnChain.BlockFloor) || fee > (_world.IsFeeRace ? held / 2 : held - 300))
            {
                continue;
            }

            var made = Spend(htlc, paid, held - fee, htlc.Locktime.UnixSeconds, htlc.RefundWitness(new byte[SignatureLength]));
            var isNew = !OwnChain.IsKnown(made.Id);
            Push(OwnChain, made, false);
            if (_world.Scenario.Friends > 0 && !_world.IsFeeRace)
            {
                Push(OwnChain, made, true);
            }

            if (isNew)
            {
                _world.Tell(Role, "takes its leg back", made);
            }
        }
    }

    /// <summary>
    /// Locks that the other gave to anybody, and that are in no block: mined with their claims, once nothing can be lost by showing
    /// the preimage.
    /// </summary>
    private void TakeLateLocks()
    {
        if (Role != Role.Initiator || _world.Scenario.Friends == 0 || _world.Now <= Swap.Deadlines!.Value.Short || !IsSafe)
        {
            return;
        }

        var htlc = (Htlc)Swap.Terms!.ContractOf(Other);
        foreach (var (chain, given, kind) in _world.Honest(Other)?.HandedOut ?? [])
        {
            if (kind != OwnTransactionKind.Funding || chain != OtherChain.Kind
                || OtherChain.Know(given) is not { Height: 0 } late)
            {
                continue;
            }

            for (var i = 0; i < given.Outputs.Length; i++)
            {
                if (given.Outputs[i].ScriptPubKey == htlc.ScriptPubKey)
                {
                    var held = given.Outputs[i].Value.Sats;
                    var claim = Spend(
                        htlc, new OutPoint(given.Id, (uint)i), held - 500, 0,
                        htlc.ClaimWitness(new byte[SignatureLength], _world.InitiatorsPreimage));
                    _favoured[(int)chain].Add(late);
                    _world.Counts.Add(Event.LateLockKept);
                    if (OtherChain.Know(claim) is { } known)
                    {
                        _favoured[(int)chain].Add(known);
                    }
                }
            }
        }
    }

    private Transaction Spend(Htlc htlc, OutPoint paid, long value, uint locktime, Witness witness) => new(
        2, [new TxIn(paid, Script.Empty, TxIn.ReplaceableSequence, witness)],
        [new TxOut(new Amount(value), SimKeys.Home(Role))], locktime);
}
