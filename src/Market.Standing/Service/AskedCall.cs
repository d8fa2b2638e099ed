namespace Market.Standing;

/// <summary>A call on its way through a gate. Only the gate changes it.</summary>
public sealed class AskedCall
{
    internal AskedCall(Call call, long entered, long ticket, long price, long rate) =>
        (Asked, Entered, Ticket, Price, Rate) = (call, entered, ticket, price, rate);

    /// <summary>What was asked.</summary>
    public Call Asked { get; }

    /// <summary>When it came, in milliseconds.</summary>
    public long Entered { get; }

    /// <summary>What the call costs where others wait: less is no offer.</summary>
    public long Price { get; }

    /// <summary>How dear the caller's own rate makes it, in thousandths of its quota: what decides among those who offer nothing.
    /// </summary>
    public long Rate { get; }

    /// <summary>Where it stands.</summary>
    public CallState State { get; internal set; }

    /// <summary>Why it is refused.</summary>
    public CallRefusal Refusal { get; internal set; }

    /// <summary>What it is promised of the caller's credits while it waits; 0 for one that offers too little.</summary>
    public long Offered { get; internal set; }

    /// <summary>What it has paid.</summary>
    public long Paid { get; internal set; }

    /// <summary>Whoever waits for it keeps something here.</summary>
    public object? Tag { get; set; }

    internal long Ticket { get; }

    /// <summary>Its place in the order of those that wait, in thousandths of a credit: what it offers and how long it has waited.
    /// </summary>
    internal long Order { get; set; }

    /// <summary>Milliseconds by which it stands behind its coming: its caller's rate, less what its tier gives.</summary>
    internal long Back { get; set; }

    internal bool Pays => Offered > 0;

    internal LinkedListNode<AskedCall>? Node { get; set; }
}
