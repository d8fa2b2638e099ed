namespace Market.Chains.Stratum;

/// <summary>What a connection asks of its server. Never waits.</summary>
internal interface IStratumHost
{
    /// <summary>Gives a connection the newest work, or says why there is none.</summary>
    void GiveWork(StratumConnection connection);

    /// <summary>Answers a question about an address.</summary>
    void Answer(StratumConnection connection, StratumAsk ask);

    /// <summary>A result came, and was judged.</summary>
    /// <param name="connection">Whose.</param>
    /// <param name="result">The result.</param>
    /// <param name="isFirst">True for the first of this worker on the connection that was accepted.</param>
    void Took(StratumConnection connection, StratumResult result, bool isFirst);
}
