// What a program in Node does with a company, by node-quickbooks as it is published. Prints what came of it as JSON.
const crypto = require('crypto')
const http = require('http')
const { promisify } = require('util')
const QuickBooks = require('node-quickbooks')

const given = JSON.parse(process.argv[2])
const found = {}

// The library's own addresses, as it lets its users set them.
QuickBooks.V3_ENDPOINT_BASE_URL = `${given.url}/v3/company/`
QuickBooks.TOKEN_URL = `${given.url}/oauth2/v1/tokens/bearer`
QuickBooks.REVOKE_URL = `${given.url}/v2/oauth2/tokens/revoke`

const books = new QuickBooks(
  given.clientId, given.clientSecret, 'no token yet', false, given.realm, true, false, 75, '2.0', given.refreshToken)

const ask = (method, ...values) => promisify(books[method].bind(books))(...values)

// How a request was refused: its status and its first error.
const refusal = (asked) => asked.then(
  () => null,
  ({ response }) => ({ status: response.status, error: (response.data.Fault || response.data.fault || {}) }))

const invoice = (customer, item, number) => ({
  CustomerRef: { value: customer.Id },
  DocNumber: number,
  Line: [{
    Amount: 50,
    DetailType: 'SalesItemLineDetail',
    SalesItemLineDetail: { ItemRef: { value: item.Id }, Qty: 4, UnitPrice: 12.5, TaxCodeRef: { value: 'NON' } }
  }]
})

// As everybody writes it: over the raw body, with the app's verifier token, compared in constant time.
const isSigned = (body, signature, verifier) => {
  const expected = crypto.createHmac('sha256', verifier).update(body).digest()
  const sent = Buffer.from(signature, 'base64')
  return sent.length === expected.length && crypto.timingSafeEqual(sent, expected)
}

// Resolves with the first notification after it is registered.
const notified = async () => {
  const verifier = 'a verifier token'
  let arrived
  const arrival = new Promise((resolve) => { arrived = resolve })
  const receiver = http.createServer((request, response) => {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts)
      const signature = request.headers['intuit-signature']
      response.end()
      arrived({
        signed: isSigned(body, signature, verifier),
        signedByAnother: isSigned(body, signature, 'another token'),
        signedAfterAChange: isSigned(Buffer.concat([body, Buffer.from(' ')]), signature, verifier),
        body: JSON.parse(body)
      })
    })
  })
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const answer = await fetch(`${given.url}/control/webhooks`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ url: `http://127.0.0.1:${receiver.address().port}/hooks`, verifier })
  })
  if (!answer.ok) throw new Error(await answer.text())
  return async () => {
    const notification = await arrival
    await fetch(`${given.url}/control/webhooks`, { method: 'DELETE' })
    receiver.close()
    receiver.closeAllConnections()
    return notification
  }
}

const main = async () => {
  found.withoutToken = await refusal(ask('getCompanyInfo', given.realm))
  const renewed = await ask('refreshAccessToken')
  found.connected = { expiresIn: renewed.expires_in, type: renewed.token_type, hasToken: books.token === renewed.access_token }
  found.company = await ask('getCompanyInfo', given.realm)

  const begun = new Date(Date.now() - 60000)
  const notification = await notified()
  const name = "Amy's “Bird” & Co + 100%"
  found.customer = await ask('createCustomer', { DisplayName: name })
  found.notification = await notification()
  found.read = await ask('getCustomer', found.customer.Id)
  found.named = await ask('findCustomers', { DisplayName: name })
  found.counted = await ask('findCustomers', { DisplayName: name, count: true })
  found.all = await ask('findAccounts', { fetchAll: true, limit: 5 })
  found.latest = await ask('findCustomers', [
    { field: 'MetaData.CreateTime', value: begun.toISOString(), operator: '>' },
    { field: 'desc', value: 'Id' },
    { field: 'limit', value: 1 }
  ])

  const change = { Id: found.customer.Id, SyncToken: found.customer.SyncToken, CompanyName: 'Bird Ltd' }
  found.changed = await ask('updateCustomer', { ...change })
  found.stale = await refusal(ask('updateCustomer', { ...change, CompanyName: 'Too late Ltd' }))
  found.taken = await refusal(ask('createCustomer', { DisplayName: name }))
  found.missing = await refusal(ask('getCustomer', '99999999'))

  const repeated = await Promise.all([1, 2].map(() =>
    ask('createCustomer', { DisplayName: 'Once & for all', requestId: 'node-1' })))
  found.repeated = repeated.map((each) => each.Id)

  const items = await ask('findItems', [{ field: 'Type', value: ['Service', 'NonInventory'], operator: 'IN' }])
  const item = items.QueryResponse.Item[0]
  found.invoice = await ask('createInvoice', invoice(found.customer, item, 'NODE-1'))
  found.batch = await ask('batch', [
    { bId: 'made', operation: 'create', Invoice: invoice(found.customer, item, 'NODE-2') },
    { bId: 'refused', operation: 'create', Customer: { DisplayName: name } },
    { bId: 'asked', Query: "select * from Invoice where DocNumber = 'NODE-1'" }
  ])
  found.pdf = (await ask('getInvoicePdf', found.invoice.Id)).subarray(0, 5).toString()
  found.voided = await ask('voidInvoice', found.invoice.Id)
  found.afterVoid = await ask('getInvoice', found.invoice.Id)
  const payment = await ask('createPayment', { CustomerRef: { value: found.customer.Id }, TotalAmt: 30 })
  found.voidedPayment = await ask('voidPayment', payment)
  const inBatch = found.batch.BatchItemResponse.find((each) => each.bId === 'made').Invoice
  found.deleted = await ask('deleteInvoice', inBatch.Id)
  found.changes = await ask('changeDataCapture', ['Customer', 'Invoice'], begun)

  await ask('revokeAccess', true)
  books.refreshToken = renewed.refresh_token
  found.revoked = await ask('refreshAccessToken').then(
    () => null, ({ response }) => ({ status: response.status, error: response.data.error }))
}

main().then(() => console.log(JSON.stringify(found)), (error) => {
  console.error(error, error.response && JSON.stringify(error.response.data))
  process.exitCode = 1
})
