namespace Market.Api.Hosting;

/// <summary>The server cannot start; the message tells an operator what to do.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
